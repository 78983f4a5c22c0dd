//! The one integration-test binary. With TEST_DATABASE_URL tests run on that PostgreSQL server; without it on SQLite,
//! and where PostgreSQL is installed once more on a server of their own (see `postgres`).
#![expect(clippy::disallowed_methods, reason = "tests spawn tasks to let them race")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

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
mod whm;
