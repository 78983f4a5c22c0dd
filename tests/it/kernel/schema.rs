//! The migrated schema holds every column of every row shape.
use crate::support::World;
use sea_orm::{EntityTrait, QuerySelect};

macro_rules! every_table_can_be_read {
    ($db:expr, $($($part:ident)::+),* $(,)?) => {$(
        entity::$($part)::+::Entity::find().limit(1).all($db).await.expect(stringify!($($part)::+));
    )*};
}

#[tokio::test]
async fn every_column_of_every_row_shape_exists() {
    let world = World::new().await;
    let db = &world.services.db;
    every_table_can_be_read!(
        db,
        identity::user,
        identity::role,
        identity::role_permission,
        identity::user_role,
        identity::session,
        identity::refresh_token,
        identity::email_verification,
        identity::password_reset,
        identity::login_attempt,
        identity::totp_secret,
        identity::recovery_code,
        identity::step_up,
        customers::customer,
        customers::member,
        customers::consent,
        customers::note,
        catalog::category,
        catalog::service_template,
        catalog::product,
        catalog::plan,
        catalog::price,
        catalog::plan_feature,
        catalog::waitlist_entry,
        ordering::cart,
        ordering::cart_item,
        ordering::order,
        ordering::order_item,
        ordering::quota_reservation,
        ledger::account,
        ledger::transaction,
        ledger::entry,
        ledger::wallet_transaction,
        billing::tax_rule,
        billing::number_series,
        billing::invoice,
        billing::invoice_item,
        billing::invoice_tax,
        billing::credit_note,
        billing::credit_note_item,
        payments::payment_account,
        payments::payment,
        payments::gateway_event,
        payments::refund,
        subscriptions::subscription,
        subscriptions::cycle,
        subscriptions::hold,
        provisioning::cluster,
        provisioning::instance,
        provisioning::task,
        provisioning::step,
        provisioning::usage_sample,
        messaging::message,
        messaging::suppression,
        platform::outbox_event,
        platform::outbox_delivery,
        platform::job,
        platform::schedule,
        platform::saga,
        platform::audit_log,
        platform::idempotency_key,
        platform::setting,
        platform::file,
        platform::alert,
        platform::approval
    );
}
