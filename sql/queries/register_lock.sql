-- One change of the register at a time, and its instant by the legal clock: the row that its trigger writes anyway.
select samordnad.now() from instance for update
