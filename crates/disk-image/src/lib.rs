//! disk-image
