//! A shop that writes its prices with tax: the customer pays exactly what is written, whatever happens to the contract,
//! and the books prove (ADR 0101).
use super::renewals::{Story, wib};
use crate::support::{
    World,
    driver::Scripted,
    money::by_wallet,
    quotes::{plan, plan_for, words},
    shop::{self, Buyer},
    site::Site,
};
use chrono::NaiveDate;
use entity::{
    billing::{invoice, invoice_item},
    catalog::{plan as plans, price},
    ordering::coupon_redemption,
    subscriptions::subscription,
    value::{Cycle, Discount, InvoiceKind, PurchasePolicy, Ratio, VatCollector},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use yumna::{
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            tax_rules::{self, NewTaxRule},
        },
        catalog::write::{self, NewPrice},
        customers::{self, Duties},
        ordering::{
            self,
            change::{self, Quote},
            quote::{self as quotes, find},
        },
        payments::attempt,
        reports::{coretax, mrr, range::Range, tax},
        settings, subscriptions,
    },
    kernel::fault::Fault,
};

/// Rp 50.000 with PPN of 11 %: no net has this total by adding its tax to the rupiah in every case, so it is taken out.
const NET: i64 = 45_045;
const TAX: i64 = 4_955;

impl World {
    /// Prices that are written from now on hold their tax.
    async fn writes_prices_with_tax(&self) {
        let ctx = self.system();
        let stored = settings::load(&ctx.db).await.unwrap().tax;
        settings::save_section(&ctx, settings::Tax { prices_include_tax: true, ..stored }).await.unwrap();
    }

    /// A price of `plan` for a month.
    async fn prices(&self, plan: &plans::Model, amount_minor: i64, setup_fee_minor: i64, tax_included: Option<bool>) {
        let new = NewPrice { cycle: Cycle::Monthly, amount_minor, setup_fee_minor, tax_included };
        write::set_price(&self.staff("ana"), &plan.id, new).await.unwrap();
    }
}

/// Two plans for Rp 50.000 and Rp 100.000 a month, and what they cost a year, all with tax.
async fn shop() -> (World, plans::Model, plans::Model) {
    let world = World::with(|services| services.drivers = vec![std::sync::Arc::new(Scripted::default())]).await;
    let world = world.tells_of_money();
    world.open_shop().await;
    world.writes_prices_with_tax().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let basic = world.plan(&ghost, "ghost-basic", 1, 5).await;
    let pro = world.plan(&ghost, "ghost-pro", 2, 5).await;
    (world, basic, pro)
}

/// Budi has bought the smaller plan, and his wallet is empty.
async fn story() -> (Story, plans::Model, plans::Model) {
    let (world, basic, pro) = shop().await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 50_000).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    (Story { world, budi, contract }, basic, pro)
}

/// Net, tax and total of an invoice.
fn sums(bill: &invoice::Model) -> (i64, i64, i64) {
    (bill.subtotal_minor, bill.tax_minor, bill.total_minor)
}

async fn lines(world: &World, bill: &invoice::Model) -> Vec<invoice_item::Model> {
    let lines = invoice_item::Entity::find().filter(invoice_item::Column::InvoiceId.eq(&bill.id));
    lines.all(&world.services.db).await.unwrap()
}

fn price_of(contract: &subscription::Model) -> (i64, bool) {
    (contract.price_minor, contract.tax_included)
}

/// A part of a price for what is left of Budi's first month: it began at midnight, and he changes at ten.
fn rest(price: i64) -> i64 {
    let whole = 30 * 86_400;
    Ratio::new(whole - 10 * 3_600, whole).of(price).unwrap()
}

async fn quote(story: &Story) -> Result<Quote, ordering::OrderingError> {
    change::quote(&story.world.system(), &story.budi.customer_id, &story.contract.id, "ghost-pro").await
}

async fn upgrades(story: &Story) -> invoice::Model {
    let quoted = quote(story).await.unwrap();
    let amounts: i64 = quoted.lines.iter().map(|line| line.amount_minor).sum();
    assert_eq!(amounts, quoted.change.total_minor, "its lines are its total");
    story.world.gives(&story.budi, quoted.change.total_minor).await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    change::accept(&ctx, customer, &story.contract.id, &quoted.change.id, None).await.unwrap();
    story.world.settle_down().await;
    let of_changes = invoice::Entity::find().filter(invoice::Column::Kind.eq(InvoiceKind::Change));
    let bill = of_changes.one(&ctx.db).await.unwrap().unwrap();
    assert_eq!(bill.total_minor, quoted.change.total_minor);
    bill
}

/// A rule of 12 % on the whole price.
fn dearer(from: &str) -> NewTaxRule {
    NewTaxRule {
        country_code: "ID".to_owned(),
        label: "PPN 12%".to_owned(),
        rate_percent: 12,
        base: Ratio::new(1, 1),
        valid_from: from.parse().unwrap(),
    }
}

#[tokio::test]
async fn what_is_written_is_what_is_paid_first_and_every_month() {
    let (story, ..) = story().await;
    let first = invoice::Entity::find().one(&story.world.services.db).await.unwrap().unwrap();
    assert_eq!(sums(&first), (NET, TAX, 50_000));
    let line = lines(&story.world, &first).await.remove(0);
    assert_eq!((line.unit_minor, line.discount_minor, line.net_minor, line.tax_minor), (NET, 0, NET, TAX));
    assert_eq!(price_of(&story.contract), (50_000, true));

    for month in ["2026-12-20T10:00:00", "2027-01-20T10:00:00"] {
        story.until(wib(month)).await;
        story.world.gives(&story.budi, 50_000).await;
        story.pays_renewal().await;
    }
    let renewals = story.renewals().await;
    assert_eq!(renewals.iter().map(sums).collect::<Vec<_>>(), [(NET, TAX, 50_000); 2]);
    assert_eq!(story.world.balance_of(&story.budi).await, 0);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn an_upgrade_costs_exactly_the_difference_of_the_written_prices() {
    let (story, ..) = story().await;
    let bill = upgrades(&story).await;
    assert_eq!(bill.total_minor, rest(100_000) - rest(50_000));
    assert_eq!(bill.subtotal_minor + bill.tax_minor, bill.total_minor);
    assert_eq!(price_of(&story.now().await), (100_000, true));
    assert_eq!(story.world.balance_of(&story.budi).await, 0);

    story.until(wib("2026-12-14T10:00:00")).await;
    assert_eq!(story.renewals().await.pop().unwrap().total_minor, 100_000);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_contract_sold_without_tax_goes_up_to_a_plan_with_tax_only_where_that_is_dearer() {
    let world = World::with(|services| services.drivers = vec![std::sync::Arc::new(Scripted::default())]).await;
    let world = world.tells_of_money();
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let pro = world.plan(&ghost, "ghost-pro", 2, 5).await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 55_500).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    let story = Story { world, budi, contract };

    // Rp 52.000 with tax is Rp 46.847 without: less than the Rp 50.000 he has.
    story.world.prices(&pro, 52_000, 0, Some(true)).await;
    assert_eq!(quote(&story).await.unwrap_err().code(), "INVALID_UPGRADE");
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    assert!(change::choices(&ctx, customer, &story.contract.id).await.unwrap().is_empty());

    story.world.prices(&pro, 60_000, 0, Some(true)).await;
    let bill = upgrades(&story).await;
    let back = rest(50_000);
    assert_eq!(bill.total_minor, rest(60_000) - back - Ratio::new(11, 100).of(back).unwrap());
    assert_eq!(price_of(&story.now().await), (60_000, true));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_change_that_waits_for_the_next_period_is_asked_for_as_it_was_written() {
    let (story, basic, _) = story().await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    change::later::schedule(&ctx, customer, id, "ghost-basic", "annually").await.unwrap();
    // What the shop does meanwhile is nothing to him.
    let other = NewPrice { cycle: Cycle::Annually, amount_minor: 1, setup_fee_minor: 0, tax_included: Some(false) };
    write::set_price(&ctx, &basic.id, other).await.unwrap();

    story.until(wib("2026-12-20T10:00:00")).await;
    assert_eq!(story.renewals().await.pop().unwrap().total_minor, 500_000);
    story.world.gives(&story.budi, 500_000).await;
    story.pays_renewal().await;
    story.until(wib("2026-12-21T10:00:00")).await;
    let contract = story.now().await;
    assert_eq!((contract.cycle, price_of(&contract)), (Cycle::Annually, (500_000, true)));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn the_catalog_may_be_written_otherwise_and_what_was_sold_stays() {
    let (story, basic, _) = story().await;
    story.world.prices(&basic, 70_000, 0, Some(false)).await;
    story.until(wib("2026-12-14T10:00:00")).await;
    assert_eq!(sums(&story.renewals().await.pop().unwrap()), (NET, TAX, 50_000));
    let siti = story.world.buyer("siti").await;
    let placed = story.world.orders(&siti, "ghost-basic").await.unwrap();
    assert_eq!(sums(&placed.invoice), (70_000, 7_700, 77_700));
}

#[tokio::test]
async fn a_later_tax_changes_what_is_in_the_price_and_not_the_price() {
    let (story, ..) = story().await;
    let siti = story.world.buyer("siti").await;
    let draft = story.world.quotes(&siti, vec![plan("ghost-basic", 1)]).await;
    tax_rules::add(&story.world.staff("ana"), dearer("2026-11-25")).await.unwrap();
    story.until(wib("2026-11-26T10:00:00")).await;
    let order = story.world.accepts(&siti, &draft.id).await.unwrap();
    assert_eq!((order.tax_minor, order.total_minor), (5_357, 50_000), "the quote is as good as it was");

    story.until(wib("2026-12-14T10:00:00")).await;
    assert_eq!(sums(&story.renewals().await.pop().unwrap()), (44_643, 5_357, 50_000));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_owes_no_tax_pays_the_net_of_the_price() {
    let (world, ..) = shop().await;
    let (budi, siti) = (world.buyer("budi").await, world.buyer("siti").await);
    let ana = world.staff("ana");
    customers::set_tax_exemption(&ana, &budi.customer_id, Some("SKB 7/2026")).await.unwrap();
    customers::set_tax_country(&ana, &siti.customer_id, "SG", "ACRA 201912345K").await.unwrap();
    for buyer in [&budi, &siti] {
        let placed = world.orders(buyer, "ghost-basic").await.unwrap();
        assert_eq!(sums(&placed.invoice), (NET, 0, NET));
        let item = &placed.items[0];
        assert_eq!((item.amount_minor, item.tax_included), (NET, false), "he is told what he pays");
        assert_eq!(price_of(&world.contract(&placed).await), (50_000, true));
    }
    world.books_are_right().await;
}

#[tokio::test]
async fn who_is_exempted_later_pays_the_net_from_then_on_and_the_price_again_afterwards() {
    let (story, ..) = story().await;
    let (ana, budi) = (story.world.staff("ana"), &story.budi.customer_id);
    customers::set_tax_exemption(&ana, budi, Some("SKB 7/2026")).await.unwrap();
    story.until(wib("2026-12-20T10:00:00")).await;
    assert_eq!(sums(&story.renewals().await.pop().unwrap()), (NET, 0, NET));
    story.world.gives(&story.budi, NET).await;
    story.pays_renewal().await;

    customers::set_tax_exemption(&ana, budi, None).await.unwrap();
    story.until(wib("2027-01-14T10:00:00")).await;
    assert_eq!(sums(&story.renewals().await.pop().unwrap()), (NET, TAX, 50_000));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_seller_who_is_no_pkp_has_no_tax_in_his_prices() {
    let (world, ..) = shop().await;
    let ctx = world.system();
    let stored = settings::load(&ctx.db).await.unwrap().tax;
    settings::save_section(&ctx, settings::Tax { is_pkp: false, pkp_since: None, ..stored }).await.unwrap();
    let budi = world.buyer("budi").await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    assert_eq!(sums(&placed.invoice), (50_000, 0, 50_000));
    assert!(!placed.items[0].tax_included, "and nobody speaks of it");
}

#[tokio::test]
async fn a_card_of_the_shop_says_the_least_there_is_to_pay_however_prices_are_written() {
    let (world, basic, pro) = shop().await;
    let ctx = world.system();
    world.prices(&basic, 100_000, 0, Some(false)).await;
    world.prices(&pro, 110_000, 0, Some(true)).await;
    let site = Site::of(&world);
    let card = async || {
        let page = site.browser(None, "id").await.get("/catalog").await.body;
        let prices = ["100.000", "110.000", "111.000"];
        prices.into_iter().filter(|price| page.contains(price)).collect::<Vec<_>>()
    };
    assert_eq!(card().await, ["110.000"], "with PPN the other comes to Rp 111.000");

    let stored = settings::load(&ctx.db).await.unwrap().tax;
    settings::save_section(&ctx, settings::Tax { is_pkp: false, pkp_since: None, ..stored }).await.unwrap();
    assert_eq!(card().await, ["100.000"], "without tax it is what is written");
}

#[tokio::test]
async fn a_collector_keeps_the_tax_of_the_price_and_pays_it_himself() {
    let (world, ..) = shop().await;
    let ctx = world.system();
    let stored = settings::load(&ctx.db).await.unwrap().tax;
    settings::save_section(&ctx, settings::Tax { government_above_minor: 0, ..stored }).await.unwrap();
    let office = world.buyer("dinas").await;
    let duties = Duties { vat_collector: Some(VatCollector::Government), withholds_income_tax: false };
    customers::set_tax_duties(&world.staff("ana"), &office.customer_id, duties, "SK 12/2026").await.unwrap();
    let placed = world.orders(&office, "ghost-basic").await.unwrap();
    assert_eq!((sums(&placed.invoice), placed.invoice.collected_tax_minor), ((NET, 0, NET), TAX));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_coupon_takes_its_part_off_the_written_price_now_and_at_renewals() {
    let (world, ..) = shop().await;
    let coupon = world.coupon("HEMAT10", Discount::Percent(1_000), |terms, _| terms.renewals = None).await;
    world.coupon("POTONG", Discount::Fixed(11_100), |_, _| {}).await;
    let budi = world.buyer("budi").await;
    let placed = world.orders_with(&budi, &["ghost-basic"], "HEMAT10").await.unwrap();
    // 45.000 of 50.000; the document states price and discount without tax.
    assert_eq!(sums(&placed.invoice), (40_541, 4_459, 45_000));
    assert_eq!(placed.order.discount_minor, NET - 40_541);
    let used = coupon_redemption::Entity::find().filter(coupon_redemption::Column::CouponId.eq(&coupon.id));
    let used = used.one(&world.services.db).await.unwrap().unwrap();
    assert_eq!(used.discount_minor, placed.order.discount_minor, "what it cost us");
    world.gives(&budi, 45_000).await;
    world.pays(&placed).await;
    world.settle_down().await;

    let siti = world.buyer("siti").await;
    let fixed = world.orders_with(&siti, &["ghost-basic"], "POTONG").await.unwrap();
    assert_eq!(fixed.invoice.total_minor, 38_900);

    let contract = world.contract(&placed).await;
    let story = Story { world, budi, contract };
    story.until(wib("2026-12-14T10:00:00")).await;
    let of_budi: Vec<invoice::Model> =
        story.renewals().await.into_iter().filter(|bill| bill.customer_id == story.budi.customer_id).collect();
    assert_eq!(of_budi.iter().map(sums).collect::<Vec<_>>(), [(40_541, 4_459, 45_000)]);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_setup_fee_is_written_as_its_price_is() {
    let (world, basic, _) = shop().await;
    world.prices(&basic, 50_000, 11_100, None).await;
    let budi = world.buyer("budi").await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    assert_eq!(sums(&placed.invoice), (NET + 10_000, TAX + 1_100, 61_100));
    assert_eq!((placed.items[0].setup_fee_minor, placed.items[0].tax_included), (11_100, true));
}

#[tokio::test]
async fn parts_of_an_invoice_are_taken_back_to_the_rupiah() {
    let (world, ..) = shop().await;
    let budi = world.buyer("budi").await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    let ana = world.staff("ana");
    let (mut net, mut taxed) = (0, 0);
    let credits = [Credit::Gross(1), Credit::Gross(3_333), Credit::Gross(17_777), Credit::Rest];
    for (place, credit) in credits.into_iter().enumerate() {
        let key = format!("k{place}");
        let invoice_id = &placed.invoice.id;
        let new = NewCreditNote { invoice_id, credit, against: Against::Open, reason: "Gangguan", key: &key };
        let note = credit_note::issue_now(&ana, new).await.unwrap().note;
        (net, taxed) = (net + note.subtotal_minor, taxed + note.tax_minor);
    }
    assert_eq!((net, taxed), (NET, TAX));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_quote_is_ordered_at_the_prices_it_was_written_with() {
    let (world, basic, _) = shop().await;
    let budi = world.buyer("budi").await;
    let lines = vec![plan_for("ghost-basic", 1, 44_400, 0), words("Pelatihan", 2, 100_000)];
    let sent = world.quotes(&budi, lines).await;
    // A plan as the shop writes its prices; words are net, as staff write them everywhere.
    assert_eq!((sent.subtotal_minor, sent.tax_minor, sent.total_minor), (240_000, 26_400, 266_400));
    let full = find::get_full(&world.services.db, &sent.id).await.unwrap();
    let shown: Vec<(i64, bool)> =
        quotes::shown(&full).iter().map(|line| (line.amount_minor, line.tax.is_some())).collect();
    assert_eq!(shown, [(44_400, true), (200_000, false)]);

    world.prices(&basic, 60_000, 0, Some(false)).await;
    let copy = quotes::copy(&world.staff("ana"), &sent.id).await.unwrap();
    assert_eq!(copy.total_minor, sent.total_minor, "with tax stays with tax");
    let again = quotes::revise(&world.staff("ana"), &copy.id, |input| input.intro = "Seperti dulu".to_owned()).await;
    assert_eq!(again.unwrap().total_minor, sent.total_minor);
    let item = find::get_full(&world.services.db, &copy.id).await.unwrap().items.remove(0);
    assert_eq!((item.tax_included, item.list_minor), (true, None), "the shop's price of today is of another kind");

    let order = world.accepts(&budi, &sent.id).await.unwrap();
    assert_eq!(order.total_minor, sent.total_minor);
    let contract = subscription::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    assert_eq!(price_of(&contract), (44_400, true), "renewals cost it too");
    world.books_are_right().await;
}

#[tokio::test]
async fn a_price_says_for_itself_how_it_is_written() {
    let (world, basic, _) = shop().await;
    let now = async |cycle: Cycle| {
        let prices = price::Entity::find().filter(price::Column::PlanId.eq(&basic.id));
        let found = prices.filter(price::Column::Cycle.eq(cycle)).one(&world.services.db).await.unwrap().unwrap();
        (found.amount_minor, found.tax_included)
    };
    assert_eq!(now(Cycle::Monthly).await, (50_000, true), "as the settings said when it was new");
    let ctx = world.system();
    let stored = settings::load(&ctx.db).await.unwrap().tax;
    settings::save_section(&ctx, settings::Tax { prices_include_tax: false, ..stored }).await.unwrap();
    assert_eq!(now(Cycle::Monthly).await, (50_000, true), "a setting re-prices nothing");
    world.prices(&basic, 51_000, 0, None).await;
    assert_eq!(now(Cycle::Monthly).await, (51_000, true), "as it was");
    world.prices(&basic, 51_000, 0, Some(false)).await;
    assert_eq!(now(Cycle::Monthly).await, (51_000, false), "as was said");
    let new = NewPrice { cycle: Cycle::Quarterly, amount_minor: 150_000, setup_fee_minor: 0, tax_included: None };
    write::set_price(&ctx, &basic.id, new).await.unwrap();
    assert_eq!(now(Cycle::Quarterly).await, (150_000, false), "a first one as the settings say");
}

#[tokio::test]
async fn reports_and_the_file_for_coretax_say_the_tax_that_was_in_the_prices() {
    let (story, ..) = story().await;
    let ctx = story.world.system();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let november = Range::month_of(day("2026-11-01"));
    let report = tax::report(&ctx, november).await.unwrap();
    assert_eq!((report.taxed.net_minor, report.taxed.tax_minor), (NET, TAX));
    assert!(report.tie.holds(), "{:?}", report.tie);
    let export = coretax::export(&ctx, november).await.unwrap();
    assert_eq!(export.tax_minor + export.left_out_minor, TAX);

    // Recurring revenue and a dry run speak of net amounts.
    assert_eq!(mrr::report(&ctx, november).await.unwrap().months[0].end_minor(), NET);
    story.until(wib("2026-12-13T23:59:00")).await;
    let said = subscriptions::forecast(&ctx, wib("2026-12-14T00:01:00")).await.unwrap();
    assert_eq!((said.renewals, said.net["IDR"]), (1, NET));
}

#[tokio::test]
async fn a_year_with_tax_is_earned_month_by_month_as_its_net() {
    let (world, ..) = shop().await;
    let budi: Buyer = world.buyer("budi").await;
    world.gives(&budi, 500_000).await;
    let mut checkout = world.checkout(&budi, &["ghost-basic"]);
    checkout.items[0].cycle = "annually".to_owned();
    let placed = ordering::place(&world.system(), checkout).await.unwrap();
    assert_eq!(sums(&placed.invoice), (450_450, 49_550, 500_000));
    attempt::start(&world.system(), &budi.customer_id, &placed.invoice.id, &by_wallet()).await.unwrap();
    world.settle_down().await;
    assert_eq!(world.balance_of(&budi).await, 0);
    world.books_are_right().await;
}
