//! What a place in an account allows.
use super::CustomerError;
use entity::value::Grant;

/// A part of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Looking at anything.
    Read,
    /// Orders, invoices, payments, wallet, cancellations.
    Money,
    /// Operating instances and seeing their credentials.
    Technical,
    /// Profile and members.
    Account,
}

/// Passes where `grant` allows acting in `area`.
///
/// # Errors
/// `GrantMissing`.
pub fn may(grant: Grant, area: Area) -> Result<(), CustomerError> {
    let allowed = match grant {
        Grant::Owner | Grant::Admin => true,
        Grant::Billing => matches!(area, Area::Read | Area::Money),
        Grant::Technical => matches!(area, Area::Read | Area::Technical),
        Grant::ReadOnly => area == Area::Read,
    };
    if allowed { Ok(()) } else { Err(CustomerError::GrantMissing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grant_reaches_its_areas() {
        let reach = |grant: Grant| -> Vec<Area> {
            [Area::Read, Area::Money, Area::Technical, Area::Account]
                .into_iter()
                .filter(|area| may(grant, *area).is_ok())
                .collect()
        };
        assert_eq!(reach(Grant::Owner).len(), 4);
        assert_eq!(reach(Grant::Admin).len(), 4);
        assert_eq!(reach(Grant::Billing), [Area::Read, Area::Money]);
        assert_eq!(reach(Grant::Technical), [Area::Read, Area::Technical]);
        assert_eq!(reach(Grant::ReadOnly), [Area::Read]);
    }
}
