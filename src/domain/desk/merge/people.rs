//! The people of an account that is merged. An account has one owner: who owned the other one helps as `admin`.
use crate::{
    domain::customers::{self, Member},
    kernel::db::WriteTx,
};
use entity::{
    customers::member,
    value::{CustomerId, Grant},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// What somebody may do afterwards who may do `his` in the account that is merged, and `there` in the other one.
fn afterwards(his: Grant, there: Option<Grant>) -> Grant {
    let brought = if his == Grant::Owner { Grant::Admin } else { his };
    there.filter(|there| rank(*there) >= rank(brought)).unwrap_or(brought)
}

/// Two grants of the same rank cannot be compared: what he has there stays.
fn rank(grant: Grant) -> u8 {
    match grant {
        Grant::Owner => 3,
        Grant::Admin => 2,
        Grant::Billing | Grant::Technical => 1,
        Grant::ReadOnly => 0,
    }
}

/// Who comes, and what each may do afterwards.
pub(super) async fn preview(
    db: &impl ConnectionTrait,
    from: &CustomerId,
    into: &CustomerId,
) -> Result<Vec<(Member, Grant)>, DbErr> {
    let there = customers::members_of(db, into).await?;
    let come = customers::members_of(db, from).await?.into_iter().map(|member| {
        let known = there.iter().find(|other| other.user_id == member.user_id).map(|other| other.grant);
        let grant = afterwards(member.grant, known);
        (member, grant)
    });
    Ok(come.collect())
}

/// Gives the people of `from` their place in `into`.
pub(super) async fn join(tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    let there = member::Entity::find().filter(member::Column::CustomerId.eq(into)).all(tx).await?;
    for row in member::Entity::find().filter(member::Column::CustomerId.eq(from)).all(tx).await? {
        let known = there.iter().find(|other| other.user_id == row.user_id);
        let grant = afterwards(row.grant, known.map(|other| other.grant));
        let place = match known {
            // A user has one place in an account.
            Some(other) => {
                member::Entity::delete_by_id(row.id).exec(tx).await?;
                other.id.clone()
            }
            None => row.id,
        };
        member::Entity::update_many()
            .col_expr(member::Column::Grant, Expr::value(grant))
            .col_expr(member::Column::CustomerId, Expr::value(into.as_str()))
            .filter(member::Column::Id.eq(&place))
            .exec(tx)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_loses_by_a_merge_and_an_account_keeps_one_owner() {
        use Grant::{Admin, Billing, Owner, ReadOnly, Technical};
        for (his, there, expected) in [
            (Owner, None, Admin),
            (Owner, Some(Owner), Owner),
            (Owner, Some(ReadOnly), Admin),
            (Billing, None, Billing),
            (Billing, Some(Technical), Technical),
            (ReadOnly, Some(Admin), Admin),
            (Technical, Some(ReadOnly), Technical),
        ] {
            assert_eq!(afterwards(his, there), expected, "{his:?} here and {there:?} there");
        }
    }
}
