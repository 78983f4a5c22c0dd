//! What the payer of a bank transfer sees: our accounts, the exact amount, and what became of his proof.
use super::view::{Attempt, Bank, Transfer};
use crate::{
    domain::{
        Ctx,
        payments::transfer::{self, MOST_PROOFS},
    },
    integrations::gateways::Instructions,
    kernel::{fault::CommonFault, format},
    web::{WebError, frame::Frame},
};
use entity::{
    payments::payment,
    value::{Money, PaymentStatus},
};

/// Adds to `attempt` what a bank transfer needs besides; other ways to pay stay as they are.
///
/// # Errors
/// The database.
pub async fn complete(
    ctx: &Ctx,
    frame: &Frame,
    payment: &payment::Model,
    attempt: &mut Attempt,
) -> Result<(), WebError> {
    if !transfer::is_by_people(ctx, payment) {
        return Ok(());
    }
    let proofs = transfer::proofs_of(&ctx.db, &payment.id).await.map_err(CommonFault::from)?;
    let is_checked = payment.status == PaymentStatus::Review;
    let refusal = proofs.last().and_then(|proof| proof.reason.clone()).filter(|_| !is_checked);
    let is_full = u64::try_from(proofs.len()).unwrap_or(MOST_PROOFS) >= MOST_PROOFS;
    // What was stored is what our adapter wrote; anything else shows no account.
    let told: Instructions = serde_json::from_value(payment.instructions.clone()).unwrap_or_default();
    let banks = told.accounts.into_iter().map(|account| Bank {
        name: account.bank,
        number: account.account_number,
        holder: account.account_holder,
    });
    let (head, tail) = split(&format::money(&attempt.amount, frame.lang));
    let code = transfer::unique_code(payment);
    attempt.name = frame.t("pay-transfer-name");
    attempt.can_change &= !is_checked;
    attempt.transfer = Some(Transfer {
        banks: banks.collect(),
        head,
        tail,
        surplus: (code > 0).then(|| Money::new(code, &payment.currency)),
        is_checked,
        refusal,
        can_prove: !is_full,
    });
    Ok(())
}

/// An amount in words, its last three digits set apart: they tell this transfer from all others.
fn split(amount: &str) -> (String, String) {
    let at = amount.len().saturating_sub(3);
    match amount.split_at_checked(at) {
        Some((head, tail)) if tail.bytes().all(|byte| byte.is_ascii_digit()) => (head.to_owned(), tail.to_owned()),
        _ => (amount.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_last_three_digits_stand_apart() {
        assert_eq!(split("Rp 150.123"), ("Rp 150.".to_owned(), "123".to_owned()));
        assert_eq!(split("Rp\u{a0}5"), ("Rp\u{a0}5".to_owned(), String::new()));
    }
}
