//! What staff see and do, through the pages.
mod pages;
