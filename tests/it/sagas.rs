//! Three promises of every saga, and what happens when its process dies in the middle of anything.
use crate::support::World;
use async_trait::async_trait;
use entity::value::{SagaStatus, StepStatus};
use sea_orm::DbErr;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use yumna::{
    domain::Ctx,
    kernel::{
        db::WriteTx,
        saga::{self, Advance, End, Engine, Failure, Limits, Outputs, Progress, Saga, Step, StepError, Verdict},
        said::Said,
    },
};

const STEPS: [&str; 4] = ["walls", "roof", "door", "key"];

/// What stands, what was asked, and where somebody is to stumble.
#[derive(Default)]
struct Site {
    stands: BTreeSet<&'static str>,
    calls: Vec<String>,
    refuses: Option<&'static str>,
    refuses_undo: Option<&'static str>,
    is_silent: Option<&'static str>,
    is_slow: bool,
    hangs: Option<(&'static str, bool)>,
    ends: Vec<End>,
}

#[derive(Clone, Default)]
struct House(Arc<Mutex<Site>>);

struct Part {
    house: House,
    name: &'static str,
}

impl House {
    fn site<T>(&self, act: impl FnOnce(&mut Site) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Step for Part {
    fn name(&self) -> &str {
        self.name
    }

    async fn forward(&self, earlier: &Outputs) -> Result<Progress, StepError> {
        let before = STEPS.iter().take_while(|name| **name != self.name);
        assert!(before.clone().all(|name| earlier[*name] == json!(name)), "a step sees the outputs of those before it");
        let hangs = self.house.site(|site| {
            site.calls.push(format!("do {}", self.name));
            if site.hangs.is_none_or(|(name, after_effect)| name != self.name || after_effect) {
                site.stands.insert(self.name);
            }
            site.hangs.is_some_and(|(name, _)| name == self.name)
        });
        if hangs {
            std::future::pending::<()>().await;
        }
        if self.house.site(|site| site.is_slow) {
            // Dropped long before, where its time is limited.
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        if self.house.site(|site| site.is_silent == Some(self.name)) {
            return Err(StepError::unavailable("nobody is there"));
        }
        if self.house.site(|site| site.refuses == Some(self.name)) {
            return Err(StepError::Rejected { code: "no".into(), message: "the neighbours object".into() });
        }
        Ok(Progress::Done { note: Some(Said::plain("did-policies")), output: Some(json!(self.name)) })
    }

    async fn undo(&self, _: &Outputs) -> Result<Progress, StepError> {
        self.house.site(|site| {
            site.calls.push(format!("undo {}", self.name));
            if site.refuses_undo == Some(self.name) {
                return Err(StepError::Rejected { code: "stuck".into(), message: "too heavy".into() });
            }
            site.stands.remove(self.name);
            Ok(Progress::Done { note: None, output: None })
        })
    }
}

#[async_trait]
impl Saga for House {
    fn steps(&self) -> Vec<Box<dyn Step + '_>> {
        STEPS.map(|name| Box::new(Part { house: self.clone(), name }) as Box<dyn Step>).into()
    }

    fn limits(&self) -> Limits {
        // Silence is for staff at once, so that no test has to wait for a day.
        let step = if self.site(|site| site.is_slow) { Duration::from_millis(50) } else { Limits::default().step };
        Limits { step, review: Duration::ZERO, ..Limits::default() }
    }

    async fn on_failure(&self, _: &WriteTx, _: &Failure) -> Result<Verdict, DbErr> {
        Ok(Verdict::TurnBack)
    }

    async fn on_silence(&self, _: &WriteTx, _: &Failure) -> Result<(), DbErr> {
        Ok(())
    }

    async fn on_end(&self, _: &WriteTx, end: &End) -> Result<(), DbErr> {
        self.site(|site| site.ends.push(end.clone()));
        Ok(())
    }
}

async fn begin(ctx: &Ctx) -> String {
    let tx = ctx.begin().await.unwrap();
    let id = saga::start(&tx, ctx.now(), "test.house", "plot", json!({}), &STEPS).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn advance(ctx: &Ctx, id: &str, house: &House) -> Advance {
    let engine = Engine { db: &ctx.db, live: &ctx.live, clock: &*ctx.clock };
    engine.advance(id, house).await.unwrap()
}

/// The process ends in the middle of the step that hangs.
async fn dies(ctx: &Ctx, id: &str, house: &House) {
    let hanging = house.site(|site| site.hangs).map(|(name, _)| format!("do {name}")).expect("a step that hangs");
    let reached = async {
        while !house.site(|site| site.calls.contains(&hanging)) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        over = advance(ctx, id, house) => panic!("it should hang, not come to {over:?}"),
        () = reached => house.site(|site| site.hangs = None),
    }
}

#[tokio::test]
async fn a_saga_runs_to_its_end_and_running_it_again_does_nothing() {
    let world = World::new().await;
    let (ctx, house) = (world.system(), House::default());
    let id = begin(&ctx).await;

    assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Succeeded));
    assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Succeeded));

    house.site(|site| {
        assert_eq!(site.stands.len(), 4);
        assert_eq!(site.calls.len(), 4);
        assert_eq!(site.ends, [End::Succeeded]);
    });
}

#[tokio::test]
async fn it_unwinds_from_every_step_in_reverse() {
    for (index, refused) in STEPS.iter().enumerate() {
        let world = World::new().await;
        let (ctx, house) = (world.system(), House::default());
        house.site(|site| site.refuses = Some(refused));
        let id = begin(&ctx).await;

        assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Failed));

        house.site(|site| {
            assert!(site.stands.is_empty());
            let undone: Vec<_> = site.calls.iter().filter(|call| call.starts_with("undo")).cloned().collect();
            let expected: Vec<_> = STEPS[..=index].iter().rev().map(|name| format!("undo {name}")).collect();
            assert_eq!(undone, expected, "also the refused step: it may have been done by half");
            assert!(
                matches!(&site.ends[..], [End::Failed(failure)] if failure.step == *refused && failure.code == "no")
            );
        });
        let steps = saga::steps_of(&ctx.db, &id).await.unwrap();
        assert!(steps[..=index].iter().all(|step| step.status == StepStatus::Undone));
        assert!(steps[index + 1..].iter().all(|step| step.status == StepStatus::Pending));
    }
}

#[tokio::test]
async fn an_undo_that_fails_is_stuck_and_undone_twice_is_undone_once() {
    for is_solved_by_hand in [false, true] {
        let world = World::new().await;
        let (ctx, house) = (world.system(), House::default());
        house.site(|site| (site.refuses, site.refuses_undo) = (Some("key"), Some("roof")));
        let id = begin(&ctx).await;
        assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Stuck));
        assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Stuck), "it waits for staff");

        let tx = ctx.begin().await.unwrap();
        if is_solved_by_hand {
            assert!(saga::mark_solved(&tx, ctx.now(), &id, "done with a crane").await.unwrap());
        } else {
            assert!(saga::retry(&tx, ctx.now(), &id).await.unwrap());
        }
        tx.commit().await.unwrap();
        house.site(|site| site.refuses_undo = None);

        assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Failed));
        house.site(|site| {
            assert_eq!(site.stands.contains("roof"), is_solved_by_hand);
            assert_eq!(
                site.calls.iter().filter(|call| *call == "undo roof").count(),
                2 - usize::from(is_solved_by_hand)
            );
            assert_eq!(site.calls.iter().filter(|call| *call == "undo door").count(), 1);
            assert!(matches!(&site.ends[..], [End::Stuck(_), End::Failed(failure)] if failure.step == "key"));
        });
    }
}

#[tokio::test]
async fn a_step_that_is_silent_for_too_long_is_retried_turned_back_or_marked_solved() {
    enum Act {
        Retry,
        TurnBack,
        Solve,
    }
    for act in [Act::Retry, Act::TurnBack, Act::Solve] {
        let world = World::new().await;
        let (ctx, house) = (world.system(), House::default());
        house.site(|site| site.is_silent = Some("door"));
        let id = begin(&ctx).await;
        while advance(&ctx, &id, &house).await != Advance::Over(SagaStatus::Stuck) {}
        let steps = saga::steps_of(&ctx.db, &id).await.unwrap();
        assert_eq!(steps[2].status, StepStatus::Stuck);

        house.site(|site| site.is_silent = None);
        let tx = ctx.begin().await.unwrap();
        let why = Failure { step: String::new(), code: "given_up".into(), message: "the plot is lost".into() };
        let (done, expected) = match act {
            Act::Retry => (saga::retry(&tx, ctx.now(), &id).await, SagaStatus::Succeeded),
            Act::TurnBack => (saga::turn_back(&tx, ctx.now(), &id, &why).await, SagaStatus::Failed),
            Act::Solve => {
                (saga::mark_solved(&tx, ctx.now(), &id, "the door was hung by hand").await, SagaStatus::Succeeded)
            }
        };
        assert!(done.unwrap());
        assert!(!saga::turn_back(&tx, ctx.now(), &id, &why).await.unwrap(), "it is not stuck any more");
        tx.commit().await.unwrap();

        // The steps after it would ask for its output, which nobody has made.
        if matches!(act, Act::Solve) {
            let steps = saga::steps_of(&ctx.db, &id).await.unwrap();
            assert_eq!(steps[2].status, StepStatus::Done);
            continue;
        }
        assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(expected));
        house.site(|site| {
            assert_eq!(site.stands.len(), if expected == SagaStatus::Succeeded { 4 } else { 0 });
            assert!(matches!(&site.ends[..], [End::Stuck(_), End::Succeeded] | [End::Stuck(_), End::Failed(_)]));
        });
    }
}

#[tokio::test]
async fn a_step_beyond_its_limit_is_unknown_and_sixty_seconds_are_within_it() {
    assert!(Limits::default().step >= Duration::from_secs(20 * 10), "twenty calls of the longest kind");
    let world = World::new().await;
    let (ctx, house) = (world.system(), House::default());
    house.site(|site| site.is_slow = true);
    let id = begin(&ctx).await;

    while !matches!(advance(&ctx, &id, &house).await, Advance::Over(_)) {}

    let steps = saga::steps_of(&ctx.db, &id).await.unwrap();
    assert_eq!(steps[0].reason.as_ref().unwrap()["code"], "unknown");
}

#[tokio::test]
async fn killed_in_any_step_it_goes_on_with_the_unfinished_one() {
    for name in STEPS {
        for after_effect in [false, true] {
            let world = World::new().await;
            let (ctx, house) = (world.system(), House::default());
            house.site(|site| site.hangs = Some((name, after_effect)));
            let id = begin(&ctx).await;
            dies(&ctx, &id, &house).await;

            assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Succeeded));

            house.site(|site| {
                assert_eq!(site.stands.len(), 4);
                for other in STEPS {
                    let times = site.calls.iter().filter(|call| **call == format!("do {other}")).count();
                    assert_eq!(times, if other == name { 2 } else { 1 }, "only the unfinished step runs again");
                }
                assert_eq!(site.ends, [End::Succeeded]);
            });
        }
    }
}

#[tokio::test]
async fn replaced_work_takes_no_further_step() {
    let world = World::new().await;
    let (ctx, house) = (world.system(), House::default());
    house.site(|site| site.hangs = Some(("roof", true)));
    let id = begin(&ctx).await;
    dies(&ctx, &id, &house).await;
    assert!(saga::is_in_flight(&ctx.db, &id).await.unwrap(), "nobody knows how far the call came");

    let why = Failure { step: String::new(), code: "cancelled".into(), message: "sold".into() };
    let tx = ctx.begin().await.unwrap();
    assert!(saga::supersede(&tx, ctx.now(), &id, &why).await.unwrap());
    assert!(!saga::supersede(&tx, ctx.now(), &id, &why).await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(advance(&ctx, &id, &house).await, Advance::Over(SagaStatus::Failed));
    house.site(|site| {
        assert!(!site.calls.contains(&"do door".to_owned()));
        assert!(site.ends.is_empty(), "its end is the business of what replaced it");
    });
}
