//! The JSON API: one module per family of paths, problem documents for errors, one document that describes it all.
//! Handlers extract, make one call of the domain and shape the answer; no rules of business here.
mod aliases;
mod auth;
mod catalog;
mod extract;
mod http;
mod idempotent;
mod openapi;
mod panel;
mod principal;
mod problem;
mod webhooks;
mod whm;

pub use aliases::is_door_of_gateways;
pub use http::manners;
pub use openapi::document_json;
pub use problem::{ApiError, ApiResult, RequestFault};

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

/// Everything under `/api`.
pub fn routes(config: &mut web::ServiceConfig) {
    config.app_data(
        web::QueryConfig::default()
            .error_handler(|error, _| ApiError::from(RequestFault::Query(error.to_string())).into()),
    );
    handlers(&mut ServiceConfig::new(config));
    webhooks::older_routes(config);
    aliases::routes(config);
    config.service(web::scope("/api").default_service(web::to(http::no_route)));
}

/// Every documented handler; the OpenAPI document is collected from the same list.
fn handlers(config: &mut ServiceConfig) {
    config
        .service(auth::register)
        .service(auth::resend_verification)
        .service(auth::forgot_password)
        .service(auth::reset_password)
        .service(auth::login)
        .service(auth::refresh)
        .service(auth::logout)
        .service(auth::me)
        .service(auth::prove_freshly)
        .service(catalog::list_services)
        .service(catalog::list_plans)
        .service(catalog::show_service)
        .service(catalog::list_categories)
        .service(catalog::list_services_of_category)
        .service(catalog::search_services)
        .service(catalog::list_featured)
        .service(panel::profile::show_profile)
        .service(panel::profile::change_profile)
        .service(panel::statement::show_statement)
        .service(panel::statement::show_statement_pdf)
        .service(panel::wallet::show_wallet)
        .service(panel::wallet::list_wallet_transactions)
        .service(panel::wallet::start_top_up)
        .service(panel::invoices::list_invoices)
        .service(panel::invoices::show_invoice)
        .service(panel::invoices::show_invoice_pdf)
        .service(panel::invoices::show_receipt)
        .service(panel::invoices::start_payment)
        .service(panel::invoices::pay_together)
        .service(panel::payments::show_payment)
        .service(panel::payments::cancel_payment)
        .service(panel::payments::send_proof)
        .service(panel::orders::place_order)
        .service(panel::orders::list_orders)
        .service(panel::orders::show_order)
        .service(panel::quotes::list_quotes)
        .service(panel::quotes::show_quote)
        .service(panel::quotes::accept_quote)
        .service(panel::quotes::decline_quote)
        .service(panel::subscriptions::list_subscriptions)
        .service(panel::subscriptions::show_subscription)
        .service(panel::subscriptions::change_subscription)
        .service(panel::subscriptions::cancel_subscription)
        .service(panel::subscriptions::refund_subscription)
        .service(panel::subscriptions::quote_change)
        .service(panel::subscriptions::accept_change)
        .service(panel::subscriptions::change_at_renewal)
        .service(panel::subscriptions::cancel_change)
        .service(panel::instances::list_services_of_account)
        .service(panel::instances::show_usage)
        .service(panel::instances::show_instance)
        .service(panel::instances::show_credentials)
        .service(panel::instances::show_metrics)
        .service(panel::instances::show_logs)
        .service(panel::instances::show_task)
        .service(panel::acts::restart_instance)
        .service(panel::acts::stop_instance)
        .service(panel::acts::start_instance)
        .service(panel::acts::retry_instance)
        .service(panel::acts::restart_subscription)
        .service(panel::acts::stop_subscription)
        .service(panel::acts::start_subscription)
        .service(panel::acts::retry_subscription)
        .service(whm::customers::list_customers)
        .service(whm::customers::show_customer)
        .service(whm::customers::adjust_wallet)
        .service(whm::approvals::list_approvals)
        .service(whm::approvals::show_approval)
        .service(whm::approvals::approve)
        .service(whm::approvals::reject)
        .service(whm::money::list_all_invoices)
        .service(whm::money::show_any_invoice)
        .service(whm::money::void_invoice)
        .service(whm::money::write_off_invoice)
        .service(whm::money::credit_invoice)
        .service(whm::money::list_all_payments)
        .service(whm::money::show_any_payment)
        .service(whm::money::refund_payment)
        .service(whm::transfers::list_transfers)
        .service(whm::transfers::approve_transfer)
        .service(whm::transfers::reject_transfer)
        .service(whm::unallocated::list_unallocated)
        .service(whm::unallocated::show_unallocated)
        .service(whm::unallocated::allocate_money)
        .service(whm::unallocated::return_money)
        .service(whm::settlements::list_settlements)
        .service(whm::settlements::show_settlement)
        .service(whm::settlements::list_settlement_lines)
        .service(whm::settlements::list_differences)
        .service(whm::settlements::close_difference)
        .service(whm::disputes::list_disputes)
        .service(whm::disputes::show_dispute)
        .service(whm::disputes::win_dispute)
        .service(whm::disputes::lose_dispute)
        .service(whm::withholdings::list_withholdings)
        .service(whm::withholdings::declare_withholding)
        .service(whm::withholdings::prove_withholding)
        .service(whm::withholdings::withdraw_withholding)
        .service(whm::withholdings::revert_withholding)
        .service(whm::withholdings::set_tax_duties)
        .service(whm::rules::show_exemption)
        .service(whm::rules::place_exemption)
        .service(whm::rules::lift_exemption)
        .service(whm::rules::set_trial)
        .service(whm::rules::list_write_offs)
        .service(whm::operations::list_all_orders)
        .service(whm::operations::show_any_order)
        .service(whm::quotes::list_all_quotes)
        .service(whm::quotes::create_quote)
        .service(whm::quotes::show_any_quote)
        .service(whm::quotes::change_quote)
        .service(whm::quotes::send_quote)
        .service(whm::quotes::withdraw_quote)
        .service(whm::quotes::copy_quote)
        .service(whm::operations::list_all_subscriptions)
        .service(whm::operations::show_any_subscription)
        .service(whm::operations::provision_contract)
        .service(whm::operations::suspend_contract)
        .service(whm::operations::unsuspend_contract)
        .service(whm::operations::terminate_contract)
        .service(whm::operations::list_all_instances)
        .service(whm::operations::show_any_instance)
        .service(whm::operations::list_all_tasks)
        .service(whm::operations::show_any_task)
        .service(whm::operations::retry_any_task)
        .service(whm::operations::list_clusters)
        .service(whm::operations::add_cluster)
        .service(whm::operations::replace_cluster_settings)
        .service(whm::automation::show_billing_day)
        .service(whm::automation::release_breaker)
        .service(whm::automation::list_pauses)
        .service(whm::automation::place_pause)
        .service(whm::automation::lift_pause)
        .service(whm::automation::show_books)
        .service(whm::automation::prove_books)
        .service(whm::books::list_periods)
        .service(whm::books::close_period)
        .service(whm::books::reopen_period)
        .service(whm::books::list_openings)
        .service(whm::books::deferred_revenue)
        .service(whm::books::enter_opening)
        .service(whm::books::reverse_opening)
        .service(whm::reports::report_tax)
        .service(whm::reports::report_revenue)
        .service(whm::reports::report_ageing)
        .service(whm::reports::report_gateways)
        .service(whm::reports::report_mrr)
        .service(whm::reports::report_wallets)
        .service(whm::reports::report_journal)
        .service(whm::audit::list_audit)
        .service(whm::audit::show_audit)
        .service(webhooks::notify)
        .service(webhooks::notify_account)
        .service(openapi::show_document);
}
