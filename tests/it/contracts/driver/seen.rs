//! What can be seen of an instance: news, logs, use.
use super::*;
use futures_util::{StreamExt, TryStreamExt};

#[tokio::test(flavor = "multi_thread")]
async fn news_of_an_instance_arrive_also_after_the_watch_expired() {
    let cloud = Cloud::open().await;
    let mut news = cloud.driver.watch(&cloud.target).await.unwrap();
    let first = cloud.order(N8N);
    cloud.does(&first, Verb::Create).await;
    let mut hears = async |id: &str| {
        let heard = async {
            while let Some(news) = news.next().await {
                if news.unwrap() == id {
                    return;
                }
            }
            panic!("the watch ended");
        };
        tokio::time::timeout(cloud.patience(), heard).await.expect("no news");
    };
    hears(&first.instance_id).await;

    if cloud.simulator.is_some() {
        cloud.act("expire_watches", json!({})).await;
        cloud.goes_wrong(FaultKind::DropConnection, 2, "/deployments");
    }
    let second = cloud.order(N8N);
    cloud.does(&second, Verb::Create).await;
    hears(&second.instance_id).await;

    cloud.does(&first, Verb::Terminate).await;
    cloud.does(&second, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_at_each_news_needs_no_clock_to_make_a_service() {
    let cloud = Cloud::open().await;
    let mut news = cloud.driver.watch(&cloud.target).await.unwrap();
    let spec = cloud.order(N8N);
    for phase in cloud.driver.phases(Verb::Create) {
        while let Progress::Waiting { reason, .. } =
            cloud.driver.run(&cloud.target, &spec, Verb::Create, phase).await.unwrap()
        {
            let next = tokio::time::timeout(cloud.patience(), news.next()).await;
            assert_eq!(
                next.unwrap_or_else(|_| panic!("{phase}: no news of {reason:?}")).unwrap().unwrap(),
                spec.instance_id
            );
        }
    }
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_use_of_a_running_instance_can_be_read() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    assert_eq!(cloud.driver.metrics(&cloud.target, &spec).await.unwrap(), vec![]);
    cloud.does(&spec, Verb::Create).await;

    let query = LogQuery { tail: Some(3), ..LogQuery::default() };
    let lines: Vec<_> = cloud.driver.logs(&cloud.target, &spec, query).await.unwrap().try_collect().await.unwrap();
    let followed = LogQuery { tail: Some(1), follow: true, ..LogQuery::default() };
    let mut following = cloud.driver.logs(&cloud.target, &spec, followed).await.unwrap();
    let next = tokio::time::timeout(cloud.patience(), following.next()).await.unwrap();

    assert!((1..=3).contains(&lines.len()), "{lines:?}");
    assert!(lines.is_sorted_by_key(|line| line.time));
    assert!(next.unwrap().is_ok());
    if cloud.simulator.is_some() {
        let begun = Instant::now();
        loop {
            let samples = cloud.driver.metrics(&cloud.target, &spec).await.unwrap();
            if samples.iter().any(|sample| sample.metric == "memory_mb" && sample.value > 0) {
                break;
            }
            assert!(begun.elapsed() < cloud.patience(), "{samples:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    cloud.does(&spec, Verb::Terminate).await;
}
