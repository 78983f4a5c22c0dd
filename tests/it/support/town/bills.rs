//! What the owner owes, has paid and is offered.
use super::Town;
use crate::support::{gateway, money::by, transfers::picture};
use entity::{
    payments::{dispute, gateway_difference, payment, payment_account, settlement_line, unallocated_money},
    value::{
        CustomerId, DifferenceStatus, GatewayDifferenceId, PaymentStatus, SettlementId, SettlementLineId,
        UnallocatedMoneyId, WithholdingId,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};
use yumna::domain::{
    billing::{
        credit_note::{self, Against, Credit, NewCreditNote},
        invoice as invoices,
    },
    customers,
    ordering::{Placed, quote::find::get_full as find_quote},
    payments::{attempt, gateway_event, settlement, withheld},
};

impl Town {
    pub(super) async fn has_open_bills(&mut self) {
        let ctx = self.world.system();
        let (owner, world) = (self.owner.clone(), &self.world);
        let settled = world.orders(&owner, "ghost-basic").await.unwrap();
        let paid = self.tries_to_pay(&settled, "qris", None).await;
        self.gateway.pay(&paid.reference, paid.amount_minor);
        let body = self.gateway.notification(&paid.reference);
        let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
        gateway_event::process(&ctx, &event.event_id).await.unwrap();
        world.settle_down().await;
        let open = world.orders(&owner, "ghost-basic").await.unwrap();
        let pending = self.tries_to_pay(&open, "bank_transfer", Some("bca")).await;
        let by_bank = world.orders(&owner, "ghost-basic").await.unwrap();
        let transfer = world.transfers(&by_bank.invoice).await.unwrap();
        world.proves(&transfer, picture("andi")).await.unwrap();
        let proof = yumna::domain::payments::transfer::proofs_of(&ctx.db, &transfer.id).await.unwrap().remove(0);
        let top_up = attempt::start_top_up(&ctx, &owner.customer_id, 100_000, &by("qris", None)).await.unwrap();
        let token = open.invoice.public_token.clone();
        let found = self.finds_money("NOBODYS").await;
        let (booked, line) = self.reads_payouts("STRANGE").await;
        let account = payment_account::Entity::find().order_by_asc(payment_account::Column::Id);
        let account = account.one(&ctx.db).await.unwrap().unwrap().id;
        let differs = gateway_difference::Model {
            id: GatewayDifferenceId::generate(),
            payment_id: paid.id.clone(),
            reference: paid.reference.clone(),
            customer_id: owner.customer_id.clone(),
            account_id: account.clone(),
            what: "fee".into(),
            ours: "0".into(),
            theirs: "4000".into(),
            status: DifferenceStatus::Open,
            open_key: Some(format!("{}:fee", paid.id)),
            note: None,
            closed_by: None,
            found_at: ctx.now(),
            closed_at: None,
        };
        let difference = differs.id.clone();
        let row = differs.into_active_model().reset_all();
        gateway_difference::Entity::insert(row).exec_without_returning(&ctx.db).await.unwrap();
        let disputed = attempt::start_top_up(&ctx, &owner.customer_id, 60_000, &by("qris", None)).await.unwrap();
        self.gateway.pay(&disputed.reference, 60_000);
        attempt::ask_now(&ctx, &disputed.id).await.unwrap();
        self.gateway.set(&disputed.reference, |report| report.status = PaymentStatus::Chargeback);
        attempt::ask_now(&ctx, &disputed.id).await.unwrap();
        let dispute = dispute::Entity::find().one(&ctx.db).await.unwrap().unwrap();
        let draft = settlement::send_in(&ctx, &account, b"Order ID,Amount\nSTRANGER,1000\n".to_vec()).await.unwrap();
        for (name, id) in [
            ("paid_payment", paid.id.0),
            ("paid_invoice", settled.invoice.id.0),
            ("payment", pending.id.0),
            ("transfer", transfer.id.0),
            ("transfer_invoice", by_bank.invoice.id.0),
            ("proof", proof.id.0),
            ("invoice", open.invoice.id.0),
            ("open_subscription", open.items[0].subscription_id.clone().unwrap()),
            ("order", open.order.id.0),
            ("pay_token", token),
            ("top_up", top_up.id.0),
            ("unallocated", found.0),
            ("difference", difference.0),
            ("dispute", dispute.id.0),
            ("settlement", draft.id.0),
            ("booked_settlement", booked.0),
            ("settlement_line", line.0),
        ] {
            self.know(name, id);
        }
    }

    /// An invoice of which one waits for its proof, and one whose proof came.
    pub(super) async fn has_withheld(&mut self) {
        let staff = self.world.staff("ana");
        let duties = customers::Duties { vat_collector: None, withholds_income_tax: true };
        // Both accounts of whoever registered twice: they could not become one otherwise.
        for id in [self.owner.customer_id.clone(), CustomerId::from(self.id("duplicate"))] {
            customers::set_tax_duties(&staff, &id, duties, "SKT pemotong").await.unwrap();
        }
        let (waits, proven) = (self.withholds().await, self.withholds().await);
        let proof = withheld::NewProof {
            number: "2500000001".to_owned(),
            date: "2026-11-20".parse().ok(),
            amount_minor: None,
            file: Some(b"%PDF-1.7 bukti potong".to_vec()),
        };
        withheld::prove(&staff, &proven, proof).await.unwrap();
        self.know("withholding", waits.0);
        self.know("proven_withholding", proven.0);
    }

    /// An invoice of which staff took something back.
    pub(super) async fn has_credited(&mut self) {
        let owner = customers::get(&self.world.services.db, &self.owner.customer_id).await.unwrap();
        let bill = self.world.invoice(&owner, &[80_000]).await;
        let new = NewCreditNote {
            invoice_id: &bill.id,
            credit: Credit::Gross(8_000),
            against: Against::Open,
            reason: "<b>Gangguan",
            key: "town",
        };
        let note = credit_note::issue_now(&self.world.staff("ana"), new).await.unwrap().note;
        self.know("credited_invoice", bill.id.0);
        self.know("credit_note", note.id.0);
    }

    /// The owner withholds tax of one more invoice.
    pub async fn withholds(&self) -> WithholdingId {
        let ctx = self.world.system();
        let owner = customers::get(&ctx.db, &self.owner.customer_id).await.unwrap();
        let bill = self.world.invoice(&owner, &[100_000]).await;
        withheld::declare(&ctx, &bill.id).await.unwrap().id
    }

    /// Money comes under a name nobody of ours has.
    pub async fn finds_money(&self, reference: &str) -> UnallocatedMoneyId {
        let ctx = self.world.system();
        self.gateway.pay(reference, 75_000);
        let body = self.gateway.notification(reference);
        let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
        gateway_event::process(&ctx, &event.event_id).await.unwrap();
        let newest = unallocated_money::Entity::find().order_by_desc(unallocated_money::Column::Id);
        newest.one(&ctx.db).await.unwrap().unwrap().id
    }

    /// A report of payouts with one line that is not ours, booked; and that line.
    pub async fn reads_payouts(&self, reference: &str) -> (SettlementId, SettlementLineId) {
        let ctx = self.world.system();
        let first = payment_account::Entity::find().order_by_asc(payment_account::Column::Id);
        let account = first.one(&ctx.db).await.unwrap().unwrap();
        let table = format!("Order ID,Amount,Fee\n{reference},50000,1000\n");
        let report = settlement::send_in(&ctx, &account.id, table.into_bytes()).await.unwrap();
        settlement::book(&ctx, &report.id).await.unwrap();
        let newest = settlement_line::Entity::find().order_by_desc(settlement_line::Column::Id);
        (report.id, newest.one(&ctx.db).await.unwrap().unwrap().id)
    }

    pub(super) async fn tries_to_pay(&self, placed: &Placed, method: &str, option: Option<&str>) -> payment::Model {
        let (customer, invoice) = (&placed.order.customer_id, &placed.invoice.id);
        attempt::start(&self.world.system(), customer, invoice, &by(method, option)).await.unwrap()
    }

    /// A quote that waits for an answer, one that was accepted, and one staff still work on.
    pub(super) async fn has_quotes(&mut self) {
        use crate::support::quotes::{plan, plan_for, words};
        let (world, owner) = (&self.world, &self.owner);
        let lines = || vec![plan_for("ghost-basic", 1, 45_000, 0), words("Pindahan situs", 2, 75_000)];
        let accepted = world.quotes(owner, lines()).await;
        world.accepts(owner, &accepted.id).await.unwrap();
        let open = world.quotes(owner, lines()).await;
        let draft = world.drafts(owner, vec![plan("ghost-pro", 1), words("Pelatihan", 1, 100_000)]).await;
        let line = find_quote(&world.system().db, &draft.id).await.unwrap().items[0].id.clone();
        let (draft_seen, open_seen) = (world.seen(&draft.id).await, world.seen(&open.id).await);
        for (name, id) in [
            ("accepted_quote", accepted.id.0),
            ("quote", open.id.0),
            ("quote_token", open.public_token),
            ("quote_seen", open_seen),
            ("draft_quote", draft.id.0),
            ("draft_seen", draft_seen),
            ("quote_line", line.0),
        ] {
            self.know(name, id);
        }
    }

    /// An invoice that staff still write, and one they have only begun.
    pub(super) async fn has_drafts(&mut self) {
        use crate::support::drafts::line;
        let (world, owner) = (&self.world, &self.owner);
        let draft =
            world.writes(owner, vec![line("Pelatihan", 2, 250_000), line("Audit <b>keamanan", 1, 900_000)]).await;
        let empty = world.writes(owner, Vec::new()).await;
        let full = invoices::get_full(&world.system().db, &draft.id).await.unwrap();
        for (name, id) in [
            ("draft_invoice_seen", invoices::draft::seen(&full)),
            ("draft_line", full.items[0].id.0.clone()),
            ("draft_token", draft.public_token),
            ("draft_invoice", draft.id.0),
            ("empty_draft", empty.id.0),
        ] {
            self.know(name, id);
        }
    }
}
