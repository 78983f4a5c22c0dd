//! Midtrans' double: the same wire on loopback, with state that survives `kill -9`, expiry by product time and signed
//! notifications that are sent again until they are thanked for. Source: payments sheet, A.5, A.6 and A.12.
use super::{CODE, settings};
use crate::{
    integrations::sim::{Bench, ControlError, FaultKind, RunningSimulator, Simulator, SimulatorControl, server},
    kernel::task,
};
use actix_web::web;
use async_trait::async_trait;
use desk::Desk;
use serde_json::{Value, json};
use state::{State, Status, Transaction};
use std::{collections::BTreeMap, sync::Arc};

mod cards;
mod desk;
mod http;
mod pages;
mod render;
mod state;

/// The double.
pub(super) struct MidtransSimulator;

#[async_trait]
impl Simulator for MidtransSimulator {
    fn code(&self) -> &'static str {
        CODE
    }

    async fn start(&self, bench: Bench) -> anyhow::Result<RunningSimulator> {
        let desk = Arc::new(Desk::open(&bench)?);
        let shared = web::Data::new(desk.clone());
        let listening = server::listen(&bench, CODE, move |config| {
            config.app_data(shared.clone()).configure(http::routes);
        })
        .await?;
        let values = desk.look(|state| {
            [
                (settings::SERVER_KEY, state.server_key.clone()),
                (settings::CLIENT_KEY, state.client_key()),
                (settings::MERCHANT_ID, state.merchant_id.clone()),
            ]
        });
        let settings: BTreeMap<String, String> =
            values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let control = Arc::new(Control(desk));
        let (beating, stop) = (control.clone(), bench.stop.clone());
        task::spawn("midtrans-simulator", async move {
            while !stop.is_cancelled() {
                beating.tick().await;
                tokio::select! {
                    () = tokio::time::sleep(beating.beat()) => {}
                    () = stop.cancelled() => {}
                }
            }
        });
        Ok(RunningSimulator { code: CODE, base_url: listening.base_url, settings, fits: FaultKind::ALL, control })
    }
}

struct Control(Arc<Desk>);

#[async_trait]
impl SimulatorControl for Control {
    async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        let reference = input["reference"].as_str().unwrap_or_default().to_owned();
        let missing = || ControlError::NotFound(format!("There is no transaction {reference:?}"));
        // Whoever acts on a page on which nothing is chosen chooses what it offers.
        let chosen = self.0.change(|state, now, faults| Ok(state.choose(&reference, now, faults)));
        chosen.map_err(|refusal| ControlError::Refused(refusal.message))?;
        let one = self.0.look(|state| state.find(&reference).cloned()).ok_or_else(missing)?;
        let next = plan(act, &one, &input)?;
        let done = self.0.change(|state, now, faults| {
            match next {
                Move::Settle(amount) => state.settle(&one.order_id, amount, now, faults),
                Move::Close(status) => state.close(&one.order_id, status, now, faults),
            }
            Ok(state.find(&one.order_id).map(show))
        });
        done.map_err(|refusal| ControlError::Refused(refusal.message))?.ok_or_else(missing)
    }

    async fn tick(&self) {
        self.0.look(|_: &State| {});
        self.0.deliver().await;
    }

    async fn due_deliveries(&self) -> usize {
        self.0.due()
    }
}

/// What an act makes of a transaction.
enum Move {
    Settle(i64),
    Close(Status),
}

fn plan(act: &str, one: &Transaction, input: &Value) -> Result<Move, ControlError> {
    let is_forced = input["force"].as_bool().unwrap_or(false);
    let is_open = one.status == Status::Pending;
    let refused = || {
        let words = format!("The transaction is {}; {act} does not fit that", one.status.as_str());
        Err(ControlError::Refused(words))
    };
    match (act, one.status) {
        ("pay", Status::Pending | Status::Deny | Status::Cancel | Status::Expire) if is_open || is_forced => {
            let amount = match &input["amount"] {
                Value::Null => Some(one.gross_amount),
                value => value.as_i64().filter(|amount| *amount > 0),
            };
            let words = || ControlError::Refused("The amount must be a whole number above zero".into());
            amount.map(Move::Settle).ok_or_else(words)
        }
        ("expire", Status::Pending) => Ok(Move::Close(Status::Expire)),
        ("cancel", Status::Pending) => Ok(Move::Close(Status::Cancel)),
        ("deny", Status::Pending) => Ok(Move::Close(Status::Deny)),
        // Permata, Mandiri and stores take money back within minutes; elsewhere a person has to insist.
        ("deny" | "cancel", Status::Capture) if is_forced => Ok(Move::Close(Status::Cancel)),
        ("deny", Status::Settlement) if is_forced || is_reversible(one) => Ok(Move::Close(Status::Deny)),
        ("pay" | "expire" | "cancel" | "deny", _) => refused(),
        _ => Err(ControlError::NotFound(format!("There is no act {act:?}"))),
    }
}

fn is_reversible(one: &Transaction) -> bool {
    one.payment_type == "echannel" || matches!(one.bank.as_deref(), Some("permata" | "indomaret"))
}

fn show(one: &Transaction) -> Value {
    json!({"reference": one.order_id, "transaction_id": one.transaction_id, "status": one.status.as_str()})
}
