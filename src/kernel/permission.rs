//! What staff may do. Each permission is a type, so that a handler's signature is the rule; the sentence for the role
//! editor is the translation `permission-<code with dashes>`.

use entity::value::Grant;

/// A permission as a type.
pub trait Permission: Send + Sync + 'static {
    /// `context.noun.verb`.
    const CODE: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $code:literal [$($role:ident)*];)*) => {
        /// One type per permission.
        pub mod can {
            $($(#[$doc])* pub struct $name; impl super::Permission for $name { const CODE: &'static str = $code; })*
        }

        /// Every permission.
        pub const ALL: &[&str] = &[$($code),*];

        /// What a built-in role may do by default. `admin` may do everything.
        pub fn defaults_of(role: &str) -> Vec<&'static str> {
            let table: &[(&'static str, &[&str])] = &[$(($code, &[$(stringify!($role)),*])),*];
            table.iter().filter(|(_, roles)| role == "admin" || roles.contains(&role)).map(|(code, _)| *code).collect()
        }
    };
}

/// The roles that are seeded.
pub const BUILTIN_ROLES: &[&str] = &["admin", "support", "billing", "network"];

permissions! {
    /// See WHM's dashboard.
    SeeDashboard = "reports.dashboard.read" [support billing network];
    /// See reports of money and tax, and download them.
    ReadReports = "reports.report.read" [billing];
    /// See customers and their timeline.
    ReadCustomers = "customers.customer.read" [support billing network];
    /// Change what a customer's documents are printed from: name, address, tax number.
    ChangeCustomers = "customers.profile.write" [support billing];
    /// Write notes on customers.
    NoteCustomers = "customers.note.write" [support billing];
    /// Say in which country a customer is taxed.
    SetTaxCountries = "customers.tax_country.set" [billing];
    /// Say which taxes a customer collects or withholds himself, and that he is charged none.
    SetTaxDuties = "customers.tax_duties.set" [billing];
    /// Close accounts of customers and open them again, and ask for what their wallets hold to be paid out.
    CloseCustomers = "customers.customer.close" [billing];
    /// Make one account of two that are the same customer.
    MergeCustomers = "customers.customer.merge" [];
    /// Take customers and contracts over from another system.
    TakeOver = "takeover.import.run" [];
    /// See orders.
    ReadOrders = "ordering.order.read" [support billing];
    /// Cancel orders that are not paid.
    CancelOrders = "ordering.order.cancel" [support billing];
    /// See price quotes.
    ReadQuotes = "ordering.quote.read" [support billing];
    /// Make price quotes, agree on other prices than the shop's, send and withdraw them.
    ManageQuotes = "ordering.quote.manage" [billing];
    /// See invoices.
    ReadInvoices = "billing.invoice.read" [support billing];
    /// Write invoices line by line, and issue them.
    IssueInvoices = "billing.invoice.issue" [billing];
    /// Void invoices.
    VoidInvoices = "billing.invoice.void" [billing];
    /// Give up what is open of an invoice as a bad debt.
    WriteOffInvoices = "billing.invoice.write_off" [billing];
    /// Issue credit notes.
    CreditInvoices = "billing.credit_note.create" [billing];
    /// See payments and raw notifications.
    ReadPayments = "payments.payment.read" [support billing];
    /// Ask the gateway again where a payment stands.
    InquirePayments = "payments.payment.inquire" [support billing];
    /// Give money back.
    RefundPayments = "payments.payment.refund" [billing];
    /// Say that money of a bank transfer came, or that it did not.
    ConfirmTransfers = "payments.transfer.confirm" [billing];
    /// Record proofs of tax that customers withheld, and take them back.
    RecordWithholdings = "payments.withholding.record" [billing];
    /// Say whose money is that fits nothing, or give it back.
    DecideUnallocated = "payments.unallocated.decide" [billing];
    /// Read reports of payouts in, and book them.
    BookSettlements = "payments.settlement.book" [billing];
    /// Say how a dispute ended.
    DecideDisputes = "payments.dispute.decide" [billing];
    /// Change a wallet by hand.
    AdjustWallets = "ledger.wallet.adjust" [billing];
    /// Say that money of a wallet was transferred to its owner's bank account, or that it was not.
    PayOutWallets = "ledger.wallet.pay_out" [billing];
    /// See whether the books are right, and prove them.
    ReadBooks = "ledger.books.read" [billing];
    /// Close months of the books, and open the last one again.
    ClosePeriods = "ledger.period.close" [billing];
    /// Enter opening balances, and take them back.
    EnterOpenings = "ledger.opening.enter" [billing];
    /// Decide what waits for a second pair of eyes.
    DecideApprovals = "ledger.approval.decide" [];
    /// See subscriptions.
    ReadSubscriptions = "subscriptions.subscription.read" [support billing network];
    /// Suspend and unsuspend subscriptions.
    SuspendSubscriptions = "subscriptions.subscription.suspend" [support network];
    /// Change plans for customers, paid from their wallets or left to be paid by them.
    ChangePlans = "subscriptions.plan.change" [billing];
    /// Pause automation and let held-back suspensions go on.
    ControlAutomation = "subscriptions.automation.control" [billing];
    /// End subscriptions for good.
    TerminateSubscriptions = "subscriptions.subscription.terminate" [];
    /// See instances and their logs.
    ReadInstances = "provisioning.instance.read" [support network];
    /// Start, stop and restart instances.
    OperateInstances = "provisioning.instance.operate" [support network];
    /// See provisioning tasks.
    ReadTasks = "provisioning.task.read" [support network];
    /// Retry provisioning tasks and provision by hand.
    RetryTasks = "provisioning.task.retry" [support network];
    /// See clusters.
    ReadClusters = "provisioning.cluster.read" [support network];
    /// Add and change clusters.
    ManageClusters = "provisioning.cluster.manage" [network];
    /// See the catalog as staff.
    ReadCatalog = "catalog.plan.read" [support billing network];
    /// Change plans, prices and quota.
    ManageCatalog = "catalog.plan.manage" [billing];
    /// See who works here.
    ReadStaff = "identity.staff.read" [];
    /// Take on and let go, change roles.
    ManageStaff = "identity.staff.manage" [];
    /// See outgoing mail and the suppression list.
    ReadMail = "messaging.message.read" [support billing];
    /// Send mail again, change the suppression list.
    ManageMail = "messaging.message.manage" [support];
    /// See background jobs and alerts.
    ReadJobs = "platform.job.read" [support network];
    /// Retry background jobs, close alerts.
    ManageJobs = "platform.job.manage" [network];
    /// See the audit trail.
    ReadAudit = "platform.audit.read" [];
    /// See settings.
    ReadSettings = "platform.settings.read" [billing network];
    /// Change settings.
    ManageSettings = "platform.settings.manage" [];
}

/// What a member of a customer's account may do, as a type.
pub trait MemberRight: Send + Sync + 'static {
    /// Whether the grant includes it.
    fn allows(grant: Grant) -> bool;
}

macro_rules! member_rights {
    ($($(#[$doc:meta])* $name:ident [$($grant:ident)*];)*) => {
        /// One type per right of a member. Owners and admins hold all.
        pub mod may {
            use entity::value::Grant;
            $(
                $(#[$doc])*
                pub struct $name;
                impl super::MemberRight for $name {
                    fn allows(grant: Grant) -> bool {
                        matches!(grant, Grant::Owner | Grant::Admin $(| Grant::$grant)*)
                    }
                }
            )*
        }
    };
}

member_rights! {
    /// See services, documents and the wallet.
    Read [Billing Technical ReadOnly];
    /// Order, pay, top up.
    Pay [Billing];
    /// Start, stop, restart and retry services; reveal their credentials.
    Operate [Technical];
    /// Change the account's profile.
    ManageProfile [Billing];
    /// End contracts.
    Cancel [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_named_once_and_admins_hold_all() {
        let unique: std::collections::BTreeSet<_> = ALL.iter().collect();
        assert_eq!(unique.len(), ALL.len());
        assert_eq!(defaults_of("admin").len(), ALL.len());
        assert!(defaults_of("support").contains(&"customers.customer.read"));
        assert!(!defaults_of("support").contains(&"payments.payment.refund"));
        assert!(defaults_of("nobody").is_empty());
    }

    #[test]
    fn a_member_may_do_what_his_grant_says() {
        assert!(may::Pay::allows(Grant::Owner) && may::Pay::allows(Grant::Billing));
        assert!(!may::Pay::allows(Grant::Technical) && !may::Operate::allows(Grant::Billing));
        assert!(may::Read::allows(Grant::ReadOnly) && !may::Cancel::allows(Grant::ReadOnly));
    }
}
