//! test kernels
