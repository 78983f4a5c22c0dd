//! Tripay's double: the same wire on loopback, with a state that survives `kill -9`, expiry by product time and signed
//! notifications that are sent four times at most. Source: payments sheet, C.2 to C.7.
use super::{CODE, settings};
use crate::integrations::sim::{
    Bench, ControlError, RunningSimulator, Simulator, SimulatorControl,
    desk::{self, Desk},
};
use async_trait::async_trait;
use serde_json::{Value, json};
use state::{State, Status, Transaction};
use std::sync::Arc;

mod http;
mod render;
mod state;

/// The double.
pub(super) struct TripaySimulator;

#[async_trait]
impl Simulator for TripaySimulator {
    fn code(&self) -> &'static str {
        CODE
    }

    async fn start(&self, bench: Bench) -> anyhow::Result<RunningSimulator> {
        let keys = |state: &State| {
            [
                (settings::API_KEY, state.api_key.clone()),
                (settings::PRIVATE_KEY, state.private_key.clone()),
                (settings::MERCHANT_CODE, state.merchant_code.clone()),
            ]
        };
        desk::open(bench, http::routes, keys, Control).await
    }
}

struct Control(Arc<Desk<State>>);

#[async_trait]
impl SimulatorControl for Control {
    async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        let broken = || ControlError::Refused("The simulator's disk refuses to write".into());
        if act == "fees" {
            let by_customer = input["bearer"].as_str() == Some("customer");
            let done = self.0.change(|state, _, _| state.customer_bears_fees = by_customer);
            return done.map(|()| json!({"bearer": input["bearer"]})).ok_or_else(broken);
        }
        let reference = input["reference"].as_str().unwrap_or_default().to_owned();
        let missing = || ControlError::NotFound(format!("There is no transaction {reference:?}"));
        let one = self.0.look(|state| state.find(&reference).cloned()).ok_or_else(missing)?;
        let next = plan(act, &one, &input)?;
        let done = self.0.change(|state, now, faults| {
            match next {
                Move::Pay(amount) => state.pay(&one.reference, amount, now, faults),
                Move::Close(status) => state.close(&one.reference, status, now, faults),
            }
            state.find(&one.reference).map(show)
        });
        done.ok_or_else(broken)?.ok_or_else(missing)
    }

    async fn tick(&self) {
        self.0.tick().await;
    }

    async fn due_deliveries(&self) -> usize {
        self.0.due()
    }
}

/// What an act makes of a transaction.
enum Move {
    Pay(i64),
    Close(Status),
}

fn plan(act: &str, one: &Transaction, input: &Value) -> Result<Move, ControlError> {
    let is_forced = input["force"].as_bool().unwrap_or(false);
    let is_open = one.status == Status::Unpaid;
    match (act, one.status) {
        ("pay", Status::Unpaid | Status::Failed | Status::Expired) if is_open || is_forced => {
            let refused = |words: &str| Err(ControlError::Refused(words.to_owned()));
            match &input["amount"] {
                Value::Null => Ok(Move::Pay(one.amount)),
                value => match value.as_i64() {
                    Some(amount) if amount == one.amount || (is_forced && amount > 0) => Ok(Move::Pay(amount)),
                    Some(amount) if amount > 0 => refused("A closed payment takes its own amount only"),
                    _ => refused("The amount must be a whole number above zero"),
                },
            }
        }
        ("expire", Status::Unpaid) => Ok(Move::Close(Status::Expired)),
        // A code cannot be cancelled at Tripay: the nearest the world outside can do is to let it fail.
        ("deny" | "cancel", Status::Unpaid) => Ok(Move::Close(Status::Failed)),
        ("deny", Status::Paid) if is_forced => Ok(Move::Close(Status::Refund)),
        ("pay" | "expire" | "cancel" | "deny", status) => {
            let words = format!("The transaction is {}; {act} does not fit that", status.as_str());
            Err(ControlError::Refused(words))
        }
        _ => Err(ControlError::NotFound(format!("There is no act {act:?}"))),
    }
}

fn show(one: &Transaction) -> Value {
    json!({"reference": one.merchant_ref, "transaction_id": one.reference, "status": one.status.as_str()})
}
