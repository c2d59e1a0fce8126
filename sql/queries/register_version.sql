-- Only the register's version.
select register_version from instance
