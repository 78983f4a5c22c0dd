//! Says on disk that a database is being seeded, so that a seeding that was killed is not taken for a whole one.
use crate::{
    app::schema,
    domain::{Services, identity},
    kernel::{
        config::{Config, ConfigError},
        db, token,
    },
};
use entity::{customers::customer, identity::user};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::path::PathBuf;

/// Nobody but the seeding has written to the database.
const ALONE: &str = "alone";
/// There were people before the seeding began.
const SHARED: &str = "shared";
/// Everybody the seeding makes has an address that ends so.
const SEEDED_ADDRESSES: &str = "%demo.yumna.test";

/// The mark in the data folder, bound to one database.
pub(super) struct Draft {
    file: PathBuf,
    database: String,
}

impl Draft {
    /// The mark of this installation.
    pub(super) fn of(config: &Config) -> Self {
        // The address can hold a password: only its fingerprint is written.
        Self { file: config.data.dir.join("seeding"), database: token::sha256_hex(config.database_url()) }
    }

    /// Whether an earlier seeding of this database began and did not end.
    ///
    /// # Errors
    /// The disk; a database that held more than the seeding, because emptying it would lose that.
    pub(super) fn was_interrupted(&self) -> anyhow::Result<bool> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        match text.trim().split_once(' ') {
            Some((database, ALONE)) if database == self.database => Ok(true),
            Some((database, _)) if database == self.database => Err(ConfigError(format!(
                "an earlier `seed --demo` was interrupted on a database with other data: begin with an empty one, or \
                 keep it as it is by removing {}",
                self.file.display()
            ))
            .into()),
            _ => Ok(false),
        }
    }

    /// Refuses where a seeding of this database began and did not end.
    pub(super) fn refuse(&self) -> anyhow::Result<()> {
        if !self.was_interrupted()? {
            return Ok(());
        }
        Err(ConfigError(format!(
            "`seed --demo` of this database did not end: run it again, or begin with an empty database and remove {}",
            self.file.display()
        ))
        .into())
    }

    /// Refuses to empty a database in which somebody else has begun to live since: a shop was opened on it, or an
    /// administrator was made.
    pub(super) async fn refuse_others_data(&self, services: &Services) -> anyhow::Result<()> {
        let others = user::Column::Email.not_like(SEEDED_ADDRESSES);
        let people = user::Entity::find().filter(others).count(&services.db).await?;
        let others = customer::Column::Email.not_like(SEEDED_ADDRESSES);
        let customers = customer::Entity::find().filter(others).count(&services.db).await?;
        if people + customers == 0 {
            return Ok(());
        }
        Err(ConfigError(format!(
            "an earlier `seed --demo` was interrupted and other people use the database since (users: {people}, \
             customers: {customers}): it is not emptied; keep it by removing {}, or name an empty database",
            self.file.display()
        ))
        .into())
    }

    /// Marks that the seeding begins.
    pub(super) async fn begin(&self, services: &Services) -> anyhow::Result<()> {
        let alone = if identity::roles::admins(&services.db).await?.is_empty() { ALONE } else { SHARED };
        std::fs::create_dir_all(&services.config.data.dir)?;
        let fresh = self.file.with_extension("new");
        std::fs::write(&fresh, format!("{} {alone}\n", self.database))?;
        std::fs::rename(&fresh, &self.file)?;
        Ok(())
    }

    /// Takes the mark away once everything is on disk: SQLite was told not to wait for it while seeding.
    pub(super) async fn done(&self, services: &Services) -> anyhow::Result<()> {
        if !db::is_postgres(&services.db) {
            services.db.execute_unprepared("PRAGMA wal_checkpoint(FULL)").await?;
        }
        std::fs::remove_file(&self.file)?;
        Ok(())
    }

    /// Empties the database. Killed in the middle, it is begun anew: the mark stays.
    pub(super) async fn start_over(&self, services: &Services) -> anyhow::Result<()> {
        tracing::warn!("An earlier seeding was interrupted: it is begun anew on an empty database");
        schema::empty(&services.db).await?;
        Ok(())
    }
}
