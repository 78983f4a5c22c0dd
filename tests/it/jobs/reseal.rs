//! After a change of keys every stored secret is sealed anew, so that the old key can be taken away.
use super::nodes::second_node;
use crate::support::{World, town::Town};
use entity::platform::audit_log;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Alias, Query},
};
use std::{collections::BTreeMap, sync::Arc};
use yumna::{
    domain::{Ctx, identity::totp},
    jobs::platform::{self, Reseal},
    kernel::{
        sealed::{PLACES, keys_in_use},
        secret_box::SecretBox,
    },
};

const NEW_KEY: &str = "k2 = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n";

/// What is stored: place and owner with the sealed text.
async fn stored(world: &World) -> BTreeMap<(&'static str, String), String> {
    let mut found = BTreeMap::new();
    for place in PLACES {
        let columns = [place.owner, place.column].map(Alias::new);
        let rows = Query::select().columns(columns).from(Alias::new(place.table)).to_owned();
        for row in world.services.db.query_all(&rows).await.unwrap() {
            let sealed: String = row.try_get_by_index(1).unwrap();
            found.insert((place.table, row.try_get_by_index(0).unwrap()), sealed);
        }
    }
    found
}

/// The same, opened with `keys`. A row without a secret has none.
async fn opened(world: &World, keys: &SecretBox) -> BTreeMap<(&'static str, String), Vec<u8>> {
    let sealed = stored(world).await.into_iter().filter(|(_, sealed)| !sealed.is_empty());
    let open = |((table, owner), sealed): ((&'static str, String), String)| {
        let plain = keys.open(&owner, &sealed).unwrap_or_else(|error| panic!("{table} {owner}: {error}"));
        ((table, owner), plain.to_vec())
    };
    sealed.map(open).collect()
}

/// Another process on the same database, with keys of its own.
async fn node_with(world: &World, keys: &SecretBox) -> Ctx {
    let mut node = Arc::into_inner(second_node(world).await).unwrap();
    node.secrets = keys.clone();
    Ctx::system(Arc::new(node), "test", "test")
}

#[tokio::test]
async fn after_a_change_of_keys_everything_opens_without_the_old_one() {
    let town = Box::pin(Town::new()).await;
    let world = &town.world;
    totp::enrol(&world.system(), &town.owner.user_id).await.unwrap();
    let before = opened(world, &world.services.secrets).await;
    let tables: Vec<&str> = before.keys().map(|(table, _)| *table).collect();
    assert!(PLACES.iter().all(|place| tables.contains(&place.table)), "a secret of each kind: {tables:?}");
    let old = world.services.secrets.to_toml();
    let both = SecretBox::parse("both", &format!("{}{NEW_KEY}", old.replace("\"k1\"", "\"k2\""))).unwrap();
    let new = SecretBox::parse("new", &format!("active = \"k2\"\n[keys]\n{NEW_KEY}")).unwrap();
    let acts = || audit_log::Entity::find().filter(audit_log::Column::Action.eq("platform.secrets.reseal"));

    let node = node_with(world, &both).await;
    platform::reseal(node.clone(), Reseal {}).await.unwrap();

    assert_eq!(opened(world, &new).await, before);
    assert_eq!(keys_in_use(&node.db).await.unwrap(), BTreeMap::from([("k2".to_owned(), before.len() as u64)]));
    assert_eq!(acts().count(&node.db).await.unwrap(), PLACES.len() as u64, "each table is in the trail");

    let sealed = stored(world).await;
    platform::reseal(node.clone(), Reseal {}).await.unwrap();
    assert_eq!(stored(world).await, sealed, "what lies under the active key is left alone");
    assert_eq!(acts().count(&node.db).await.unwrap(), PLACES.len() as u64);
}

#[tokio::test]
async fn what_cannot_be_opened_stays_as_it_is() {
    let world = World::new().await;
    let (open, lost) = (world.buyer("andi").await, world.buyer("rudi").await);
    for buyer in [&open, &lost] {
        totp::enrol(&world.system(), &buyer.user_id).await.unwrap();
    }
    let foreign = SecretBox::parse("foreign", &format!("active = \"k9\"\n[keys]\n{}", NEW_KEY.replace("k2", "k9")));
    let elsewhere = foreign.unwrap().seal(lost.user_id.as_str(), b"secret");
    let damage = format!("UPDATE totp_secrets SET secret_sealed = '{elsewhere}' WHERE user_id = '{}'", lost.user_id.0);
    world.services.db.execute_unprepared(&damage).await.unwrap();
    let old = world.services.secrets.to_toml();
    let both = SecretBox::parse("both", &format!("{}{NEW_KEY}", old.replace("\"k1\"", "\"k2\""))).unwrap();

    platform::reseal(node_with(&world, &both).await, Reseal {}).await.unwrap();

    let stored = stored(&world).await;
    let of = |user: &entity::value::UserId| stored[&("totp_secrets", user.0.clone())].clone();
    assert!(of(&open.user_id).starts_with("k2."));
    assert_eq!(of(&lost.user_id), elsewhere);
}
