//! Reports are mailed once a period, with their table, to who may read them then.
use crate::support::{World, money::by_wallet};
use chrono::Duration;
use entity::{
    billing::invoice,
    identity::user_role,
    platform::file,
    value::{ReportRhythm, UserId},
};
use sea_orm::{EntityTrait, PaginatorTrait, sea_query::Expr};
use yumna::{
    domain::{
        Ctx, identity,
        messaging::ATTACHED,
        payments::attempt,
        reports::{
            mailed,
            range::Range,
            sheet::{self, Report},
        },
    },
    kernel::{actor::Actor, fault::CommonFault, locale::Lang},
};

async fn biller(world: &World) -> (Ctx, UserId) {
    identity::roles::seed(&world.system()).await.unwrap();
    world.register("Rina", "rina@example.test").await;
    let id = world.user("rina@example.test").await.id;
    identity::roles::assign(&world.system(), &id, "billing").await.unwrap();
    (Ctx { actor: Actor::Staff { user_id: id.clone() }, ..world.system() }, id)
}

async fn mails(world: &World) -> Vec<entity::messaging::message::Model> {
    let all = world.mails_to("rina@example.test").await;
    all.into_iter().filter(|mail| mail.template == "report_mail").collect()
}

#[tokio::test]
async fn a_report_is_mailed_once_a_period_however_often_the_job_runs() {
    let world = World::new().await;
    let (rina, _) = biller(&world).await;
    let budi = world.customer().await;
    world.invoice(&budi, &[50_000]).await;
    for _ in 0..2 {
        mailed::subscribe(&rina, Report::Revenue, ReportRhythm::Monthly).await.unwrap();
    }
    assert_eq!(mailed::of_mine(&rina).await.unwrap().len(), 1);
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 0, "November is not over");

    world.advance(Duration::days(12));
    let (first, second) = (world.system(), world.system());
    let (first, second) = tokio::join!(mailed::mail_due(&first), mailed::mail_due(&second));
    assert_eq!(first.unwrap() + second.unwrap(), 1, "whoever is first");
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 0);

    let told = mails(&world).await;
    assert_eq!(told.len(), 1);
    let files = file::Entity::find().all(&world.services.db).await.unwrap();
    let kept = files.iter().find(|file| Some(&file.id) == told[0].attachment_id.as_ref()).unwrap();
    let november = Range::month_of("2026-11-21".parse().unwrap());
    let table = sheet::sheet(&world.system(), Report::Revenue, november, Lang::Id).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.body.as_slice()), (table.name.clone().as_str(), table.csv().as_bytes()));
    assert!(kept.key.starts_with(ATTACHED));

    world.advance(Duration::days(31));
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 1, "December has its own");
}

#[tokio::test]
async fn a_table_too_large_for_a_mail_is_fetched_from_its_page() {
    let world = World::new().await;
    world.charges_ppn().await;
    let (rina, _) = biller(&world).await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    world.gift(&budi, bill.total_minor).await;
    attempt::start(&world.system(), &budi.id, &bill.id, &by_wallet()).await.unwrap();
    mailed::subscribe(&rina, Report::Tax, ReportRhythm::Monthly).await.unwrap();
    world.lowers_the_guards().await;
    let buyer = serde_json::json!({ "company": "x".repeat(mailed::MOST_BYTES) });
    invoice::Entity::update_many()
        .col_expr(invoice::Column::Buyer, Expr::value(buyer))
        .exec(&world.services.db)
        .await
        .unwrap();

    world.advance(Duration::days(12));
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 1);
    let told = world.mails_to("rina@example.test").await.into_iter().find(|mail| mail.template == "report_mail_large");
    let told = told.expect("the mail says where the table is");
    assert_eq!(told.attachment_id, None);
    assert!(told.text.contains("/whm/reports/tax?from=2026-11-01&to=2026-11-30"), "{}", told.text);
    assert_eq!(file::Entity::find().count(&world.services.db).await.unwrap(), 0);
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 0, "once");
}

#[tokio::test]
async fn who_may_read_no_reports_any_more_gets_none_and_each_stops_only_his_own() {
    let world = World::new().await;
    let (rina, id) = biller(&world).await;
    let mine = mailed::subscribe(&rina, Report::Ageing, ReportRhythm::Daily).await.unwrap();
    let foreign = mailed::stop(&world.staff("ana"), &mine.id).await;
    assert!(matches!(foreign, Err(CommonFault::NotFound)));
    world.advance(Duration::days(2));
    user_role::Entity::delete_many().exec(&world.services.db).await.unwrap();
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 0);
    assert!(mails(&world).await.is_empty());

    identity::roles::assign(&world.system(), &id, "billing").await.unwrap();
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 1);
    mailed::stop(&rina, &mine.id).await.unwrap();
    world.advance(Duration::days(2));
    assert_eq!(mailed::mail_due(&world.system()).await.unwrap(), 0);
    assert_eq!(mails(&world).await.len(), 1);
}
