//! What is read on every request and changes seldom is kept in memory until a transaction writes one of the tables it
//! is made of. No use case has to remember that: every write goes through `db::WriteTx`, which reads the table's name
//! off the statement. A node hears of the others' writes by NOTIFY; what it misses, and what another process writes
//! into an SQLite file, it learns when `LIFETIME` is over.
use super::live::Live;
use sea_orm::DbErr;
use std::{
    hash::{BuildHasher, Hash, RandomState},
    time::Duration,
};
use tokio::sync::Mutex;

/// How long something is kept at most.
const LIFETIME: Duration = Duration::from_secs(5);

/// Tables whose rows are kept together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Who may do what: users, sessions, members of accounts, roles.
    People,
    /// Settings of the house.
    Settings,
    /// Plans and products.
    Catalog,
    /// Contracts.
    Contracts,
    /// What runs.
    Instances,
    /// Invoices.
    Invoices,
    /// Payments.
    Payments,
    /// Work on what runs.
    Tasks,
    /// Balances of the books and what is held back from wallets.
    Balances,
    /// What waits for staff: alerts and approvals.
    Desk,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 10] = [
        Family::People,
        Family::Settings,
        Family::Catalog,
        Family::Contracts,
        Family::Instances,
        Family::Invoices,
        Family::Payments,
        Family::Tasks,
        Family::Balances,
        Family::Desk,
    ];

    fn tables(self) -> &'static [&'static str] {
        match self {
            Family::People => &[
                "users",
                "sessions",
                "customers",
                "customer_members",
                "roles",
                "role_permissions",
                "user_roles",
                "totp_secrets",
            ],
            Family::Settings => &["settings"],
            Family::Catalog => &["plans", "products"],
            Family::Contracts => &["subscriptions"],
            Family::Instances => &["instances"],
            Family::Invoices => &["invoices"],
            Family::Payments => &["payments", "unallocated_money"],
            Family::Tasks => &["provision_tasks"],
            Family::Balances => &["ledger_accounts", "wallet_holds"],
            Family::Desk => &["staff_alerts", "approvals"],
        }
    }

    /// Whether `topic` tells of changed rows. Such topics go before all others: who is woken must not find what was kept.
    pub(super) fn is_topic(topic: &str) -> bool {
        topic.starts_with("kept:")
    }

    /// The topic under which nodes tell each other of a change.
    pub(super) fn topic(self) -> &'static str {
        match self {
            Family::People => "kept:people",
            Family::Settings => "kept:settings",
            Family::Catalog => "kept:catalog",
            Family::Contracts => "kept:contracts",
            Family::Instances => "kept:instances",
            Family::Invoices => "kept:invoices",
            Family::Payments => "kept:payments",
            Family::Tasks => "kept:tasks",
            Family::Balances => "kept:balances",
            Family::Desk => "kept:desk",
        }
    }

    /// The family a statement changes. A new session changes nothing of what is known of others.
    pub(super) fn changed_by(sql: &str) -> Option<Self> {
        let sql = sql.trim_start();
        let is_new = sql.starts_with("INSERT INTO ");
        let rest = ["UPDATE ", "INSERT INTO ", "DELETE FROM "].iter().find_map(|verb| sql.strip_prefix(verb))?;
        let table = rest.trim_start_matches('"').split(['"', ' ', '(']).next()?;
        let family = Self::ALL.into_iter().find(|family| family.tables().contains(&table))?;
        (!(is_new && table == "sessions")).then_some(family)
    }
}

/// Questions that may be asked of the database at once, for each memo.
const LANES: usize = 16;

/// Answers of one kind of question, by key. What does not exist is asked for anew each time.
pub struct Memo<K, V> {
    families: &'static [Family],
    kept: moka::sync::Cache<K, (u64, V)>,
    /// Who asks the same question at the same time waits for the answer of the first.
    lanes: [Mutex<()>; LANES],
    hasher: RandomState,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Memo<K, V> {
    /// An empty one for at most `capacity` answers made of the tables of `families`.
    pub fn new(families: &'static [Family], capacity: u64) -> Self {
        Self {
            families,
            kept: moka::sync::Cache::builder().max_capacity(capacity).time_to_live(LIFETIME).build(),
            lanes: Default::default(),
            hasher: RandomState::new(),
        }
    }

    fn known(&self, changes: u64, key: &K) -> Option<V> {
        self.kept.get(key).filter(|(at, _)| *at == changes).map(|(_, value)| value)
    }

    /// The answer behind `key`, kept or by `read`. What was read while somebody committed a change is not kept.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get(
        &self,
        live: &Live,
        key: &K,
        read: impl Future<Output = Result<Option<V>, DbErr>>,
    ) -> Result<Option<V>, DbErr> {
        if let Some(value) = self.known(live.changes_of(self.families), key) {
            return Ok(Some(value));
        }
        let lane = usize::try_from(self.hasher.hash_one(key) % LANES as u64).unwrap_or_default();
        let _turn = self.lanes[lane].lock().await;
        let changes = live.changes_of(self.families);
        if let Some(value) = self.known(changes, key) {
            return Ok(Some(value));
        }
        let value = read.await?;
        if let Some(value) = &value {
            self.kept.insert(key.clone(), (changes, value.clone()));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_read_off_the_statement() {
        for (sql, family) in [
            (r#"UPDATE "users" SET "name" = $1"#, Some(Family::People)),
            (r#"DELETE FROM "sessions" WHERE "id" = $1"#, Some(Family::People)),
            (r#"INSERT INTO "sessions" ("id") VALUES ($1)"#, None),
            (r#"INSERT INTO "customer_members" ("id") VALUES ($1)"#, Some(Family::People)),
            (r#"UPDATE settings SET value = 1"#, Some(Family::Settings)),
            (r#"UPDATE "usersettings" SET "a" = 1"#, None),
            (r#"SELECT * FROM "users""#, None),
        ] {
            assert_eq!(Family::changed_by(sql), family, "{sql}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_until_its_family_changes() {
        let (live, memo) = (Live::default(), Memo::<u8, u8>::new(&[Family::People], 10));
        let ask = async |answer: Option<u8>| memo.get(&live, &1, async { Ok(answer) }).await.unwrap();
        assert_eq!(ask(None).await, None, "nothing is not kept");
        assert_eq!(ask(Some(1)).await, Some(1));
        assert_eq!(ask(Some(2)).await, Some(1));
        live.wake(Family::Settings.topic());
        assert_eq!(ask(Some(2)).await, Some(1));
        live.wake(Family::People.topic());
        assert_eq!(ask(Some(2)).await, Some(2));
        live.wake(crate::kernel::live::EVERYTHING);
        assert_eq!(ask(Some(3)).await, Some(3));
    }

    #[tokio::test]
    async fn an_answer_made_of_several_families_goes_with_any_of_them() {
        let (live, memo) = (Live::default(), Memo::<u8, u8>::new(&[Family::Invoices, Family::Payments], 10));
        let ask = async |answer: u8| memo.get(&live, &1, async { Ok(Some(answer)) }).await.unwrap();
        assert_eq!(ask(1).await, Some(1));
        live.wake(Family::Payments.topic());
        assert_eq!(ask(2).await, Some(2));
        live.wake(Family::Invoices.topic());
        assert_eq!(ask(3).await, Some(3));
        live.wake(Family::Tasks.topic());
        assert_eq!(ask(4).await, Some(3));
    }

    #[test]
    fn every_topic_of_a_family_goes_first() {
        assert!(Family::ALL.into_iter().all(|family| Family::is_topic(family.topic())));
        assert!(!Family::is_topic("customer:cus_1"));
    }

    #[tokio::test]
    async fn who_asks_the_same_at_the_same_time_asks_once() {
        let (live, memo) = (Live::default(), Memo::<u8, u8>::new(&[Family::People], 10));
        let asked = std::sync::atomic::AtomicU8::new(0);
        let ask = || async {
            let read = async {
                tokio::task::yield_now().await;
                Ok(Some(asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst)))
            };
            memo.get(&live, &1, read).await.unwrap()
        };
        let answers = futures_util::future::join_all((0..8).map(|_| ask())).await;
        assert_eq!(answers, [Some(0); 8]);
    }

    #[tokio::test]
    async fn what_was_read_while_somebody_changed_it_is_not_kept() {
        let (live, memo) = (Live::default(), Memo::<u8, u8>::new(&[Family::People], 10));
        let read = async {
            live.wake(Family::People.topic());
            Ok(Some(1))
        };
        assert_eq!(memo.get(&live, &1, read).await.unwrap(), Some(1));
        assert_eq!(memo.get(&live, &1, async { Ok(Some(2)) }).await.unwrap(), Some(2));
    }
}
