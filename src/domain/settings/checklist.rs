//! What has to be done before the shop may open.
use super::{
    sections::Sales,
    store::{self, Settings, SettingsError},
};
use crate::{domain::Ctx, kernel::fault::CommonFault};

/// What other contexts know; the caller gathers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether a payment gateway answered its connection test.
    pub is_gateway_tested: bool,
    /// Whether a cluster or server takes instances.
    pub has_cluster: bool,
}

/// One line of the checklist. Its words are the translations `checklist-<code>` and, while open, `checklist-<why>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistItem {
    /// Which: `company`, `tax`, `bank`, `numbering`, `mail`, `gateway`, `cluster`.
    pub code: &'static str,
    /// Whether it is done.
    pub done: bool,
    /// What is missing, while it is not done.
    pub why: Option<&'static str>,
}

/// The checklist in the order in which people work through it.
pub fn checklist(settings: &Settings, facts: &Facts) -> Vec<ChecklistItem> {
    let company = &settings.company;
    let checks = &settings.checks;
    let has = |texts: &[&String]| texts.iter().all(|text| !text.is_empty());
    let item = |code, done: bool, why| ChecklistItem { code, done, why: (!done).then_some(why) };
    let tax_number_is_known = !settings.tax.is_pkp || !company.npwp.is_empty();
    vec![
        item(
            "company",
            has(&[&company.legal_name, &company.street, &company.city, &company.postal_code, &company.email]),
            "company-incomplete",
        ),
        if tax_number_is_known {
            item("tax", checks.tax_confirmed_at.is_some(), "tax-undecided")
        } else {
            item("tax", false, "tax-number-missing")
        },
        item("bank", has(&[&company.bank_name, &company.bank_account, &company.bank_account_name]), "bank-missing"),
        item("numbering", checks.numbering_confirmed_at.is_some(), "numbering-unconfirmed"),
        item("mail", checks.mail_tested_at.is_some(), "mail-untested"),
        item("gateway", facts.is_gateway_tested, "gateway-untested"),
        item("cluster", facts.has_cluster, "cluster-missing"),
    ]
}

/// Opens or closes the shop.
///
/// # Errors
/// `InvalidState("checklist_incomplete")` where it is to open and something is not done; the database.
pub async fn set_selling(ctx: &Ctx, is_selling: bool, facts: &Facts) -> Result<(), SettingsError> {
    let settings = store::load(&ctx.db).await?;
    if is_selling && checklist(&settings, facts).iter().any(|item| !item.done) {
        return Err(CommonFault::InvalidState("checklist_incomplete"));
    }
    store::change(ctx, |sales: &mut Sales| sales.is_selling = is_selling).await.map(drop)
}
