//! The schema, step by step. A released file is never edited: expand in one release, contract in a later one.
pub use sea_orm_migration::prelude::*;

mod m20261121_000100_identity;
mod m20261121_000200_customers;
mod m20261121_000300_catalog;
mod m20261121_000400_ordering;
mod m20261121_000500_ledger;
mod m20261121_000600_billing;
mod m20261121_000700_payments;
mod m20261121_000800_subscriptions;
mod m20261121_000900_provisioning;
mod m20261121_001000_messaging;
mod m20261121_001100_platform;
mod m20261127_000100_payments_repairs;
mod m20261127_000200_shop_repairs;
mod m20261127_000300_subscription_life;
mod m20261127_000400_plan_changes;
mod m20261127_000500_automation;
mod m20261127_000600_coupons;
mod m20261127_000700_transfers;
mod m20261127_000800_more_gateways;
mod m20261127_000900_reports;
mod m20261128_000100_next_terms;
mod m20261128_000200_write_offs;
mod m20261128_000210_journal;
mod m20261128_000220_periods;
mod m20261128_000230_opening_balances;
mod m20261128_000300_payment_bundles;
mod m20261128_000310_late_fees;
mod m20261128_000320_trials;
mod m20261128_000400_unallocated_money;
mod m20261128_000410_settlements;
mod m20261128_000420_gateway_differences;
mod m20261128_000430_disputes;
mod m20261128_000500_ways_to_pay;
mod m20261129_000100_quotes;
mod m20261129_000200_imports;
mod m20261129_000400_deferred_revenue;
mod m20261130_000100_tax_collectors;
mod m20261130_000200_withholdings;
mod m20261130_000300_import_headings;
mod m20261130_000400_import_files;
mod m20261130_000500_cluster_news;
mod m20261130_000600_credited_lines;
mod m20261130_000700_wallet_payouts;
mod m20261130_000800_customer_merges;
mod m20261130_000900_longer_grace;
mod m20261130_001000_desk_lookups;
mod m20261130_001100_refund_transfers;
mod m20261130_001200_append_only;
mod m20261202_000010_order_of_renewals;
mod m20261202_000100_prices_with_tax;
mod m20261202_000200_separate_invoices;
mod m20261202_000210_pauses_of_mails;
mod m20261202_000220_skipped_steps;
mod m20261202_000230_backups;
mod m20261202_000300_kept_catalog;
mod m20261202_000500_changes_by_staff;
mod m20261202_000510_dispute_fees;
mod m20261202_000520_lines_stay;
mod m20261202_000530_report_mails;
mod m20261202_000700_alert_words;
mod m20261203_000200_product_options;
mod m20261203_000210_waiting_for_room;
mod m20261204_000100_changed_settings;
mod m20261204_000200_custom_domains;
mod m20261204_000300_cluster_capacity;
mod m20261204_000400_queue_index;
mod m20261204_000500_reserved_machines;
mod m20261204_000510_uptime;
mod parts;

/// All steps in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000100_identity::Migration),
            Box::new(m20261121_000200_customers::Migration),
            Box::new(m20261121_000300_catalog::Migration),
            Box::new(m20261121_000400_ordering::Migration),
            Box::new(m20261121_000500_ledger::Migration),
            Box::new(m20261121_000600_billing::Migration),
            Box::new(m20261121_000700_payments::Migration),
            Box::new(m20261121_000800_subscriptions::Migration),
            Box::new(m20261121_000900_provisioning::Migration),
            Box::new(m20261121_001000_messaging::Migration),
            Box::new(m20261121_001100_platform::Migration),
            Box::new(m20261127_000100_payments_repairs::Migration),
            Box::new(m20261127_000200_shop_repairs::Migration),
            Box::new(m20261127_000300_subscription_life::Migration),
            Box::new(m20261127_000400_plan_changes::Migration),
            Box::new(m20261127_000500_automation::Migration),
            Box::new(m20261127_000600_coupons::Migration),
            Box::new(m20261127_000700_transfers::Migration),
            Box::new(m20261127_000800_more_gateways::Migration),
            Box::new(m20261127_000900_reports::Migration),
            Box::new(m20261128_000100_next_terms::Migration),
            Box::new(m20261128_000200_write_offs::Migration),
            Box::new(m20261128_000210_journal::Migration),
            Box::new(m20261128_000220_periods::Migration),
            Box::new(m20261128_000230_opening_balances::Migration),
            Box::new(m20261128_000300_payment_bundles::Migration),
            Box::new(m20261128_000310_late_fees::Migration),
            Box::new(m20261128_000320_trials::Migration),
            Box::new(m20261128_000400_unallocated_money::Migration),
            Box::new(m20261128_000410_settlements::Migration),
            Box::new(m20261128_000420_gateway_differences::Migration),
            Box::new(m20261128_000430_disputes::Migration),
            Box::new(m20261128_000500_ways_to_pay::Migration),
            Box::new(m20261129_000100_quotes::Migration),
            Box::new(m20261129_000200_imports::Migration),
            Box::new(m20261129_000400_deferred_revenue::Migration),
            Box::new(m20261130_000100_tax_collectors::Migration),
            Box::new(m20261130_000200_withholdings::Migration),
            Box::new(m20261130_000300_import_headings::Migration),
            Box::new(m20261130_000400_import_files::Migration),
            Box::new(m20261130_000500_cluster_news::Migration),
            Box::new(m20261130_000600_credited_lines::Migration),
            Box::new(m20261130_000700_wallet_payouts::Migration),
            Box::new(m20261130_000800_customer_merges::Migration),
            Box::new(m20261130_000900_longer_grace::Migration),
            Box::new(m20261130_001000_desk_lookups::Migration),
            Box::new(m20261130_001100_refund_transfers::Migration),
            Box::new(m20261130_001200_append_only::Migration),
            Box::new(m20261202_000010_order_of_renewals::Migration),
            Box::new(m20261202_000100_prices_with_tax::Migration),
            Box::new(m20261202_000200_separate_invoices::Migration),
            Box::new(m20261202_000210_pauses_of_mails::Migration),
            Box::new(m20261202_000220_skipped_steps::Migration),
            Box::new(m20261202_000230_backups::Migration),
            Box::new(m20261202_000300_kept_catalog::Migration),
            Box::new(m20261202_000500_changes_by_staff::Migration),
            Box::new(m20261202_000510_dispute_fees::Migration),
            Box::new(m20261202_000520_lines_stay::Migration),
            Box::new(m20261202_000530_report_mails::Migration),
            Box::new(m20261202_000700_alert_words::Migration),
            Box::new(m20261203_000200_product_options::Migration),
            Box::new(m20261203_000210_waiting_for_room::Migration),
            Box::new(m20261204_000100_changed_settings::Migration),
            Box::new(m20261204_000200_custom_domains::Migration),
            Box::new(m20261204_000300_cluster_capacity::Migration),
            Box::new(m20261204_000400_queue_index::Migration),
            Box::new(m20261204_000500_reserved_machines::Migration),
            Box::new(m20261204_000510_uptime::Migration),
        ]
    }
}
