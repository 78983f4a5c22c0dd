//! Bank transfers to our own account: the amount tells them apart, payers send proofs, staff say that money came.
//!
//! A proof proves nothing by itself: it puts the attempt under review, where it waits for a person however long that
//! takes. An attempt without a proof ends at its time. The exact amount (invoice plus unique code) is reserved per
//! account from its start until its quarantine is over, by a unique index; what the code adds is a surplus like any
//! other and goes to the wallet. One arrow of an attempt leads back: a refused proof lets it wait again.
mod amounts;
mod decide;
mod find;
mod picture;
mod proof;

pub(super) use amounts::{reserve, set_aside};
pub use decide::{Approval, approve, reject};
pub(super) use decide::{close, is_own};
pub use find::{
    Filter, KnownCount, Stage, TransferView, get_proof, last_refusal, list, proofs_of, to_check, used_elsewhere,
};
pub use picture::FileKind;
pub use proof::{LARGEST_PROOF_BYTES, MOST_PROOFS, NewProof, send_proof};

use crate::{domain::Ctx, integrations::gateways::ConfirmedByPeople};
use entity::payments::payment;

/// The people's side of the gateway of `payment`; `None` where the gateway itself says that money came.
fn people_of<'a>(ctx: &'a Ctx, payment: &payment::Model) -> Option<&'a dyn ConfirmedByPeople> {
    ctx.gateway(&payment.gateway)?.by_people()
}

/// Whether people say that money of `payment` came: nobody can be asked.
pub fn is_by_people(ctx: &Ctx, payment: &payment::Model) -> bool {
    people_of(ctx, payment).is_some()
}

/// How much of what is asked for is the unique code, minor units.
pub fn unique_code(payment: &payment::Model) -> i64 {
    payment.instructions["unique_code"].as_i64().unwrap_or(0)
}

/// What the attempt was begun for, without its unique code, minor units.
pub fn asked_minor(payment: &payment::Model) -> i64 {
    payment.amount_minor - unique_code(payment)
}
