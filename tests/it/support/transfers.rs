//! Customers who transfer to our bank account, in a few words.
use super::{World, gateway::ScriptedGateway};
use entity::{billing::invoice, payments::payment};
use std::sync::Arc;
use yumna::{
    domain::payments::{
        PaymentError,
        accounts::{self, AccountInput},
        attempt::{self, Choice},
        transfer::{self, Approval, NewProof},
    },
    integrations::gateways,
};

pub const CODE: &str = "transfer";

/// A picture that is one.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01";

/// A world with a scripted gateway beside our own bank accounts, whose terms are `settings`.
pub async fn with_transfers(settings: &[(&str, &str)]) -> (World, ScriptedGateway) {
    let scripted = ScriptedGateway::default();
    let gateway = scripted.clone();
    let world = World::with(|services| {
        services.gateways = vec![Arc::new(gateway), gateways::find(CODE).unwrap()];
    })
    .await;
    world.account().await;
    world.bank_accounts(settings).await;
    (world, scripted)
}

/// To our bank account.
pub fn by_transfer() -> Choice {
    Choice::of(CODE, "bank_transfer", None)
}

/// A picture that differs from others by `mark`.
pub fn picture(mark: &str) -> NewProof {
    NewProof { body: [PNG, mark.as_bytes()].concat(), note: format!("dari rekening {mark}") }
}

impl World {
    /// Our bank accounts, under these terms.
    pub async fn bank_accounts(&self, settings: &[(&str, &str)]) {
        let mut values = vec![("accounts", "Bank Contoh | 0001234567 | PT Contoh\nBank Lain | 7654321000 | PT Contoh")];
        values.extend(settings);
        let input = AccountInput {
            name: "Rekening kami".to_owned(),
            is_enabled: true,
            is_default: true,
            position: None,
            base_url: None,
            values: values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        };
        accounts::create(&self.system(), CODE, input).await.unwrap();
    }

    /// Somebody begins to transfer for `bill`.
    pub async fn transfers(&self, bill: &invoice::Model) -> Result<payment::Model, PaymentError> {
        attempt::start(&self.system(), &bill.customer_id, &bill.id, &by_transfer()).await
    }

    /// He shows that he has.
    pub async fn proves(&self, pay: &payment::Model, proof: NewProof) -> Result<payment::Model, PaymentError> {
        transfer::send_proof(&self.system(), &pay.customer_id, &pay.id, proof).await
    }

    /// Staff saw `received_minor` on today's statement.
    pub async fn approves(&self, pay: &payment::Model, received_minor: i64) -> Result<payment::Model, PaymentError> {
        let today = entity::value::business_day(self.system().now());
        transfer::approve(&self.staff("ana"), &pay.id, Approval { received_minor, received_on: today }).await
    }
}
