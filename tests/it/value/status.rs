use entity::value::*;

#[test]
fn words_and_states_go_both_ways() {
    for status in PaymentStatus::ALL {
        assert_eq!(PaymentStatus::parse(status.as_str()), Some(*status));
    }
    assert_eq!(InstanceStatus::parse("flying"), None);
}

#[test]
fn money_that_came_outranks_every_closed_attempt() {
    for closed in [PaymentStatus::Failed, PaymentStatus::Cancelled, PaymentStatus::Expired] {
        assert!(PaymentStatus::Succeeded.rank() > closed.rank() && !closed.is_open());
    }
}
