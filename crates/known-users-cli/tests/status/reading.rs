//! How the table is read.
