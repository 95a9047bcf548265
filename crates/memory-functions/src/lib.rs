//! memory-functions
