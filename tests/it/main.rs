//! The one integration-test binary. Without TEST_DATABASE_URL tests run on SQLite, with it on PostgreSQL.
#![expect(clippy::disallowed_methods, reason = "tests spawn tasks to let them race")]

mod app;
mod contracts;
mod domain;
mod jobs;
mod kernel;
mod properties;
mod sagas;
mod support;
mod tidy;
mod whm;
