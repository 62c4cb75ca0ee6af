//! Every transport runs the same suite.
