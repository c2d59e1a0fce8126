-- The register's version and the feeds' epoch, and what the legal clock says.
select register_version, epoch, samordnad.now()
from instance
