//! What people do.
use super::{PLANS, Shop};
use crate::support::{
    gateway::{CODE, genuine},
    money::{by, by_wallet},
    shop::Buyer,
};
use entity::{
    billing::invoice,
    catalog::plan,
    payments::payment,
    subscriptions::subscription,
    value::{HoldReason, InvoiceKind, PaymentStatus, SubscriptionStatus},
};
use rand::RngExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use yumna::domain::{
    billing,
    ledger::{self, BankAccount},
    ordering::{self, change},
    payments::{
        attempt,
        gateway_event::receive,
        refund::{self, Destination, NewRefund},
    },
    subscriptions::{
        cancel::{self, When},
        hold, room,
    },
};

impl Shop {
    pub(super) async fn joins(&mut self) {
        let name = format!("orang{}", self.people.len());
        let buyer = self.world.buyer(&name).await;
        self.people.push(buyer);
        *self.done.entry("joins".to_owned()).or_default() += 1;
    }

    /// A day in the life of a customer.
    pub(super) async fn lives(&mut self, buyer: &Buyer) {
        let live = self.contracts_of(buyer).await;
        if live.len() < 2 && self.chance(if live.is_empty() { 50 } else { 3 }) {
            self.orders(buyer).await;
        }
        for bill in billing::invoice::open_of_customer(&self.world.services.db, &buyer.customer_id).await.unwrap() {
            if self.chance(25) {
                self.pays(buyer, &bill).await;
            }
        }
        if self.chance(4) {
            self.tops_up(buyer).await;
        }
        for contract in &live {
            if room::waits_until(&self.world.services.db, &contract.id).await.unwrap().is_some() {
                self.waits(buyer, contract).await;
            }
        }
        if let Some(contract) = live.first().cloned() {
            self.changes_mind(buyer, &contract).await;
        }
        if self.chance(3) {
            self.staff_give_back(buyer).await;
        }
    }

    /// Whoever waits for room loses patience now and then.
    async fn waits(&mut self, buyer: &Buyer, contract: &subscription::Model) {
        *self.done.entry("waits for room".to_owned()).or_default() += 1;
        if self.chance(15) {
            let refunded = ordering::refund_waiting(&self.world.system(), &buyer.customer_id, &contract.id).await;
            self.note("takes the money back", refunded);
        }
    }

    async fn contracts_of(&self, buyer: &Buyer) -> Vec<subscription::Model> {
        subscription::Entity::find()
            .filter(subscription::Column::CustomerId.eq(&buyer.customer_id))
            .filter(subscription::Column::Status.ne(SubscriptionStatus::Terminated))
            .order_by_asc(subscription::Column::Id)
            .all(&self.world.services.db)
            .await
            .unwrap()
    }

    async fn orders(&mut self, buyer: &Buyer) {
        let (plan, _, _) = self.one_of(&PLANS);
        let mut checkout = self.world.checkout(buyer, &[plan]);
        if self.chance(20) {
            checkout.items[0].cycle = "annually".to_owned();
        }
        let placed = ordering::place(&self.world.system(), checkout).await;
        let Some(placed) = self.note("orders", placed) else { return };
        if self.chance(80) {
            let bill = self.world.reload(&placed.invoice).await;
            self.pays(buyer, &bill).await;
        }
    }

    /// From the wallet or through the gateway: all of it, a part, too much, twice, or not at all after all.
    async fn pays(&mut self, buyer: &Buyer, bill: &invoice::Model) {
        let ctx = self.world.system();
        let act = if bill.kind == InvoiceKind::Renewal { "pays the renewal" } else { "pays" };
        let way = match self.random.random_range(0..10) {
            0..3 => by_wallet(),
            3..7 => by("bank_transfer", Some("bca")),
            _ => by("qris", None),
        };
        let started = attempt::start(&ctx, &buyer.customer_id, &bill.id, &way).await;
        let Some(pay) = self.note(&format!("{act} by {}", way.gateway), started) else { return };
        if pay.status == PaymentStatus::Succeeded {
            *self.done.entry(act.to_owned()).or_default() += 1;
            return;
        }
        if self.money_comes(&pay).await {
            *self.done.entry(act.to_owned()).or_default() += 1;
        }
    }

    /// The payer goes to the bank, or does not. Whether money came.
    async fn money_comes(&mut self, pay: &payment::Model) -> bool {
        let amount = match self.random.random_range(0..20) {
            0..3 => return false,
            3 => pay.amount_minor / 2,
            4 => pay.amount_minor + 10_000,
            _ => pay.amount_minor,
        };
        self.gateway.pay(&pay.reference, amount);
        // News comes once, twice, or never: then the house asks by itself.
        let times = self.one_of(&[0, 1, 1, 1, 2]);
        for _ in 0..times {
            let body = self.gateway.notification(&pay.reference);
            let received = receive(&self.world.system(), CODE, None, &genuine(), &body).await;
            self.note("hears of money", received);
        }
        true
    }

    async fn tops_up(&mut self, buyer: &Buyer) {
        let amount = self.random.random_range(1..40) * 10_000;
        let way = by("qris", None);
        let started = attempt::start_top_up(&self.world.system(), &buyer.customer_id, amount, &way).await;
        if let Some(pay) = self.note("tops up", started) {
            self.money_comes(&pay).await;
        }
    }

    async fn changes_mind(&mut self, buyer: &Buyer, contract: &subscription::Model) {
        let ctx = self.world.system();
        match self.random.random_range(0..300) {
            0..4 => {
                let when = self.one_of(&[When::Now, When::PeriodEnd, When::PeriodEnd]);
                let ended = cancel::cancel(&ctx, &buyer.customer_id, &contract.id, when, "sudah tidak perlu").await;
                self.note("cancels", ended);
            }
            4..6 => {
                let set = cancel::set_auto_renew(&ctx, &buyer.customer_id, &contract.id, self.random.random()).await;
                self.note("sets auto renewal", set);
            }
            6..36 => self.upgrades(buyer, contract).await,
            36 => {
                let held = hold::place(&ctx, &contract.id, HoldReason::Staff, Some("pemeriksaan")).await;
                self.note("staff hold", held);
            }
            37..47 => {
                let lifted = hold::lift(&ctx, &contract.id, HoldReason::Staff).await;
                self.note("staff lift", lifted);
            }
            _ => {}
        }
    }

    async fn upgrades(&mut self, buyer: &Buyer, contract: &subscription::Model) {
        let ctx = self.world.system();
        let (customer, id) = (&buyer.customer_id, &contract.id);
        let plan = plan::Entity::find_by_id(contract.plan_id.clone()).one(&ctx.db).await.unwrap().unwrap();
        let larger = if plan.code.starts_with("ghost") { "ghost-pro" } else { "n8n-pro" };
        // Now and then somebody asks for what his contract cannot become.
        let code = self.one_of(&[larger, larger, larger, "ghost-pro", "n8n-pro"]);
        let Some(quote) = self.note("asks for a quote", change::quote(&ctx, customer, id, code).await) else { return };
        let way = by("bank_transfer", Some("bni"));
        let way = self.chance(75).then_some(&way);
        let accepted = change::accept(&ctx, customer, id, &quote.change.id, way).await;
        let Some(accepted) = self.note("upgrades", accepted) else { return };
        if let Some(pay) = accepted.payment {
            self.money_comes(&pay).await;
        }
    }

    /// Staff refund a payment or take back an unpaid invoice.
    async fn staff_give_back(&mut self, buyer: &Buyer) {
        let ctx = self.world.staff("ana");
        if self.chance(30) {
            let open = billing::invoice::open_of_customer(&ctx.db, &buyer.customer_id).await.unwrap();
            if let Some(bill) = open.first() {
                let voided = billing::invoice::void_now(&ctx, &bill.id, "salah tagih").await;
                self.note("staff void", voided);
            }
            return;
        }
        let paid = payment::Entity::find()
            .filter(payment::Column::CustomerId.eq(&buyer.customer_id))
            .filter(payment::Column::Status.eq(PaymentStatus::Succeeded))
            .order_by_desc(payment::Column::Id)
            .all(&ctx.db)
            .await
            .unwrap();
        let Some(pay) = paid.first() else { return };
        let amount_minor = self.random.random_range(1..=pay.received_minor.max(1));
        let destination = self.one_of(&[Destination::Gateway, Destination::Wallet, Destination::Bank]);
        let key = format!("sim-{}-{}", pay.id, self.random.random_range(0..1_000_000));
        let key: String = key.chars().take(60).collect();
        let new = NewRefund { payment_id: &pay.id, amount_minor, destination, reason: "tidak sesuai", key: &key };
        let bank = BankAccount { bank_name: "BCA", account_holder: "Orang", account_number: "1234567890" };
        let refunded = refund::refund_to(&ctx, new, &bank).await;
        let Some(row) = self.note("staff refund", refunded) else { return };
        let Some(payout) = ledger::payout_of_refund(&ctx.db, &row.id).await.unwrap() else { return };
        let ended = match self.one_of(&["sent", "sent", "called off", "left"]) {
            "sent" => ledger::confirm_payout(&ctx, &payout.id, "BCA-1").await,
            "called off" => ledger::cancel_payout(&ctx, &payout.id, "Salah nomor").await,
            _ => return,
        };
        self.note("staff transfer", ended);
    }
}
