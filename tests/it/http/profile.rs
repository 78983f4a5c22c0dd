//! What a customer changes about himself, and what he does not.
use super::{forms, routes};
use crate::support::town::Town;
use chrono::{DateTime, Utc};
use entity::identity::user;
use sea_orm::EntityTrait;
use serde_json::json;

/// The address the owner signs in with, and since when it is proven.
async fn address(town: &Town) -> (String, Option<DateTime<Utc>>) {
    let id = town.owner.user_id.clone();
    let row = user::Entity::find_by_id(id).one(&town.world.services.db).await.unwrap().unwrap();
    (row.email, row.email_verified_at)
}

// 100
#[tokio::test]
async fn nothing_in_the_panel_changes_the_address_somebody_signs_in_with_and_it_stays_proven() {
    let town = Town::new().await;
    let before = address(&town).await;
    assert!(before.1.is_some(), "it was proven once");
    let other = [("email", "lain@example.test"), ("username", "lain@example.test"), ("email_verified_at", "")];
    let mut tried = 0;
    for route in routes::pages().into_iter().filter(|route| route.is_post() && route.pattern.starts_with("/panel")) {
        let fields = forms::of(&route, &town);
        let mut sent = forms::pairs(&fields);
        sent.extend(other);

        // A browser each time: some of the forms sign everybody out.
        town.owner_browser("id").await.post(&route.here(&town), &sent).await;

        assert_eq!(address(&town).await, before, "{}", route.name());
        tried += 1;
    }
    assert!(tried > 10, "{tried} forms of the panel");

    let body = json!({"name": "Andi", "email": "lain@example.test", "email_verified_at": null});
    town.owner_program().await.call("PATCH", "/api/panel/profile", &body).await;
    assert_eq!(address(&town).await, before);
}
