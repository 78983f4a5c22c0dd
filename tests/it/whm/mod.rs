//! What staff see and do, through the pages.
mod clusters;
mod mail;
mod pages;
mod proof;
mod reports;
mod staff;
