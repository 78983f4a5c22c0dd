//! People in tests: they register, read their mail and sign in.
use super::World;
use argon2::PasswordHasher;
use entity::{identity::user, messaging::message, value::UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use std::sync::{Arc, LazyLock};
use yumna::{
    domain::{
        Ctx,
        customers::{self, Registration},
        identity::{self, Credentials, IdentityError, SignedIn},
    },
    jobs::{Clockwork, reactions, registry, schedule, worker},
    kernel::actor::Actor,
};

/// A password that passes.
pub const PASSWORD: &str = "Panel-kuat-2026!";

impl World {
    /// A visitor at a network address acts.
    pub fn visitor_at(&self, address: &str) -> Ctx {
        Ctx { actor: Actor::Visitor, address: Some(address.to_owned()), ..self.system() }
    }

    /// Registers somebody with `PASSWORD`.
    pub async fn register(&self, name: &str, email: &str) {
        let registration = Registration { name, email, password: PASSWORD, locale: "id", accepted_terms: true };
        customers::register(&self.visitor_at("203.0.113.9"), registration).await.unwrap();
    }

    /// Keeps the password of everybody, hashed so that looking at it costs nothing. It is `PASSWORD`.
    pub async fn hash_passwords_cheaply(&self) {
        let params = argon2::Params::new(argon2::Params::MIN_M_COST, 1, 1, None).unwrap();
        let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let hash = hasher.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
        let everybody = user::Entity::update_many().col_expr(user::Column::PasswordHash, Expr::value(hash));
        everybody.exec(&self.services.db).await.unwrap();
    }

    /// Runs everything that is due in the background.
    pub async fn settle_down(&self) {
        worker::run_due_with(&self.services, &self.clockwork).await.unwrap();
    }

    /// A world with the part of the timetable that stories of money are about: what looks after machines, books and mail
    /// servers has tests of its own, and would be half of the work of a story of many days.
    pub fn tells_of_money(mut self) -> Self {
        static STORIES: LazyLock<Arc<Clockwork>> = LazyLock::new(|| {
            let mut timetable = schedule::timetable();
            timetable.retain(|entry| {
                let contexts = ["billing.", "catalog.", "ordering.", "subscriptions."];
                contexts.iter().any(|context| entry.name.starts_with(context)) || entry.name.ends_with("_proofs")
            });
            Arc::new(Clockwork::of(registry::all(), reactions::all(), timetable))
        });
        self.clockwork = STORIES.clone();
        self
    }

    /// Mails written to an address, newest first.
    pub async fn mails_to(&self, address: &str) -> Vec<message::Model> {
        message::Entity::find()
            .filter(message::Column::ToAddress.eq(address))
            .order_by_desc(message::Column::Id)
            .all(&self.services.db)
            .await
            .unwrap()
    }

    /// The user with an address.
    pub async fn user(&self, email: &str) -> user::Model {
        let found = user::Entity::find().filter(user::Column::Email.eq(email)).one(&self.services.db).await.unwrap();
        found.unwrap()
    }

    /// Tries to sign in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<UserId, IdentityError> {
        let credentials = Credentials { email, password, otp: None };
        identity::sign_in(&self.visitor_at("203.0.113.9"), credentials).await.map(|user| user.id)
    }

    /// Everything that follows from who a user is.
    pub async fn signed_in(&self, user_id: &UserId) -> SignedIn {
        identity::find_user(&self.services.db, user_id).await.unwrap().unwrap()
    }
}

/// The token in the first link of a mail.
pub fn token_in(mail: &message::Model) -> String {
    let link = yumna::integrations::notifiers::links_of(&mail.text).remove(0);
    link.split_once("token=").unwrap().1.to_owned()
}
