//! The moves that states make, noted by the database itself: whatever changes a row, it does not get past this.
use super::World;
use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeSet;
use yumna::kernel::db;

/// A move: in which table, from which state (nothing where the row is new), to which.
pub type Move = (String, String, String);

impl World {
    /// From now on every move of `status` in these tables is noted.
    pub async fn notes_moves(&self, tables: &[&str]) {
        let db = &self.services.db;
        let mut statements =
            vec!["CREATE TABLE moves (place varchar(40), was varchar(32), is_now varchar(32))".to_owned()];
        if db::is_postgres(db) {
            statements.push(
                "CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF TG_OP = 'INSERT' THEN
                         INSERT INTO moves VALUES (TG_TABLE_NAME, '', NEW.status);
                     ELSIF OLD.status <> NEW.status THEN
                         INSERT INTO moves VALUES (TG_TABLE_NAME, OLD.status, NEW.status);
                     END IF;
                     RETURN NULL; END $$"
                    .to_owned(),
            );
        }
        for table in tables {
            if db::is_postgres(db) {
                statements.push(format!(
                    "CREATE TRIGGER note_move AFTER INSERT OR UPDATE ON {table}
                     FOR EACH ROW EXECUTE FUNCTION note_move()"
                ));
                continue;
            }
            statements.push(format!(
                "CREATE TRIGGER note_new_{table} AFTER INSERT ON {table} FOR EACH ROW
                 BEGIN INSERT INTO moves VALUES ('{table}', '', NEW.status); END"
            ));
            statements.push(format!(
                "CREATE TRIGGER note_move_{table} AFTER UPDATE OF status ON {table} FOR EACH ROW
                 WHEN OLD.status <> NEW.status
                 BEGIN INSERT INTO moves VALUES ('{table}', OLD.status, NEW.status); END"
            ));
        }
        for statement in statements {
            db.execute_unprepared(&statement).await.unwrap();
        }
    }

    /// The different moves so far.
    pub async fn moves(&self) -> BTreeSet<Move> {
        let db = &self.services.db;
        let all = Statement::from_string(db.get_database_backend(), "SELECT DISTINCT place, was, is_now FROM moves");
        let rows = db.query_all_raw(all).await.unwrap();
        let cell = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<String>(at).unwrap();
        rows.iter().map(|row| (cell(row, 0), cell(row, 1), cell(row, 2))).collect()
    }
}
