//! Xendit's double: the same wire on loopback, with a state that survives `kill -9`, expiry by product time and
//! notifications that carry its token. Source: payments sheet, B.2 to B.5.
use super::{CODE, settings};
use crate::integrations::sim::{
    Bench, ControlError, RunningSimulator, Simulator, SimulatorControl,
    desk::{self, Desk},
};
use async_trait::async_trait;
use serde_json::{Value, json};
use state::{Charge, State, Status};
use std::sync::Arc;

mod http;
mod render;
mod state;

/// The double.
pub(super) struct XenditSimulator;

#[async_trait]
impl Simulator for XenditSimulator {
    fn code(&self) -> &'static str {
        CODE
    }

    async fn start(&self, bench: Bench) -> anyhow::Result<RunningSimulator> {
        let keys = |state: &State| {
            [
                (settings::SECRET_KEY, state.secret_key.clone()),
                (settings::CALLBACK_TOKEN, state.callback_token.clone()),
                (settings::BUSINESS_ID, state.business_id.clone()),
            ]
        };
        desk::open(bench, http::routes, keys, Control).await
    }
}

struct Control(Arc<Desk<State>>);

#[async_trait]
impl SimulatorControl for Control {
    async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        let reference = input["reference"].as_str().unwrap_or_default().to_owned();
        let missing = || ControlError::NotFound(format!("There is no charge {reference:?}"));
        let one = self.0.look(|state| state.find(&reference).cloned()).ok_or_else(missing)?;
        let next = plan(act, &one, &input)?;
        let done = self.0.change(|state, now, faults| {
            match next {
                Move::Pay(amount) => state.pay(&one.id, amount, now, faults),
                Move::Close(status) => state.close(&one.id, status, now, faults),
            }
            state.find(&one.id).map(show)
        });
        let broken = || ControlError::Refused("The simulator's disk refuses to write".into());
        done.ok_or_else(broken)?.ok_or_else(missing)
    }

    async fn tick(&self) {
        self.0.tick().await;
    }

    async fn due_deliveries(&self) -> usize {
        self.0.due()
    }
}

/// What an act makes of a charge.
enum Move {
    Pay(i64),
    Close(Status),
}

fn plan(act: &str, one: &Charge, input: &Value) -> Result<Move, ControlError> {
    let is_forced = input["force"].as_bool().unwrap_or(false);
    match (act, one.status) {
        ("pay", status) if one.paid_at.is_none() && (status == Status::Open || is_forced) => {
            let amount = match &input["amount"] {
                Value::Null => Some(one.amount),
                value => value.as_i64().filter(|amount| *amount > 0),
            };
            let words = || ControlError::Refused("The amount must be a whole number above zero".into());
            amount.map(Move::Pay).ok_or_else(words)
        }
        ("expire", Status::Open) => Ok(Move::Close(Status::Expired)),
        ("cancel", Status::Open) => Ok(Move::Close(Status::Canceled)),
        ("deny", Status::Open) => Ok(Move::Close(Status::Failed)),
        ("pay" | "expire" | "cancel" | "deny", status) => {
            let words = format!("The charge is {}; {act} does not fit that", status.as_str());
            Err(ControlError::Refused(words))
        }
        _ => Err(ControlError::NotFound(format!("There is no act {act:?}"))),
    }
}

fn show(one: &Charge) -> Value {
    json!({"reference": one.reference, "transaction_id": one.id, "status": one.status.as_str()})
}
