//! Which permission opens which address of WHM.
mod house;
mod money;
mod people;
mod services;

use yumna::kernel::permission::Permission;

/// Addresses by permission.
type Opens = &'static [(&'static str, &'static [&'static str])];

const OPENS: [Opens; 4] = [people::OPENS, money::OPENS, services::OPENS, house::OPENS];

const fn code<P: Permission>() -> &'static str {
    P::CODE
}

/// The permission that opens an address.
pub fn of(route: &str) -> &'static str {
    let known = OPENS.into_iter().flatten().find(|(_, routes)| routes.contains(&route));
    known.unwrap_or_else(|| panic!("say in OPENS which permission opens {route}")).0
}
