//! What staff see and do, through the pages.
mod catalog;
mod clusters;
mod history;
mod mail;
mod merging;
mod options;
mod pages;
mod proof;
mod reports;
mod staff;
mod waiting;
