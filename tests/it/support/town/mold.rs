//! The town made once: each test begins with a copy.
use super::Town;
use crate::support::{
    World, driver::Scripted, gateway::ScriptedGateway, shop::Buyer, site::Site, transfers, world::Kept,
};
use entity::value::UserId;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use yumna::domain::Services;

/// The town when all has been lived through: made once, each test begins with a copy of it.
pub(super) struct Mold {
    world: Kept,
    gateway: ScriptedGateway,
    driver: Scripted,
    owner: Buyer,
    stranger: Buyer,
    staff: BTreeMap<&'static str, UserId>,
    names: BTreeMap<&'static str, String>,
}

impl Mold {
    pub(super) async fn of(town: Town) -> Self {
        let Town { world, site, gateway, driver, owner, stranger, staff, names, .. } = town;
        drop(site);
        world.hash_passwords_cheaply().await;
        Self { world: world.keep().await, gateway, driver, owner, stranger, staff, names }
    }

    pub(super) async fn cast(&self) -> Town {
        let (gateway, driver) = (self.gateway.copied(), self.driver.copied());
        let statements = Arc::new(AtomicUsize::new(0));
        let world = World::as_kept(&self.world, with(&gateway, &driver, &statements)).await;
        Town {
            site: Site::of(&world),
            world,
            gateway,
            driver,
            owner: self.owner.clone(),
            stranger: self.stranger.clone(),
            staff: self.staff.clone(),
            names: self.names.clone(),
            statements,
        }
    }
}

/// What is outside of the town's world, and who counts its statements.
pub(super) fn with(
    gateway: &ScriptedGateway,
    driver: &Scripted,
    statements: &Arc<AtomicUsize>,
) -> impl FnOnce(&mut Services) + use<> {
    let (gateway, driver, counted) = (gateway.clone(), driver.clone(), statements.clone());
    move |services| {
        services.gateways = vec![Arc::new(gateway), yumna::integrations::gateways::find(transfers::CODE).unwrap()];
        services.drivers = vec![Arc::new(driver)];
        services.config.server.workers = 1;
        services.db.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
    }
}
