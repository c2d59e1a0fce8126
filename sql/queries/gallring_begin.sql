-- A removal begins, in the transaction that it stands in (migrations/0024).
select samordnad.gallring_begin()
