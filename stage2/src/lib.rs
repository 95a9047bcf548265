//! stage2
