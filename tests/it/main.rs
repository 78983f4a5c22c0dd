//! The one integration-test binary. Without TEST_DATABASE_URL tests run on SQLite, with it on PostgreSQL.
mod contracts;
mod domain;
mod jobs;
mod kernel;
mod properties;
mod sagas;
mod support;
