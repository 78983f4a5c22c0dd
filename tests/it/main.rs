//! The one integration-test binary. With TEST_DATABASE_URL tests run on that PostgreSQL server; without it on SQLite,
//! and where PostgreSQL is installed once more on a server of their own (see `postgres`).
#![expect(clippy::disallowed_methods, reason = "tests spawn tasks to let them race")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

/// As in the program itself; without it tests spend a seventh of their time in the system's allocator.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

mod api;
mod app;
mod contracts;
mod domain;
mod http;
mod jobs;
mod journeys;
mod kernel;
mod postgres;
mod properties;
mod sagas;
mod simulation;
mod support;
mod tidy;
mod value;
mod whm;
