-- One empty NOTIFY a transaction wakes pushes and long polls of all daemons; polling is the truth.
notify samordnad_notice
