/* The register as proto/message asks for it; see names.h. */
#include "names.h"

static unit_id
unit_number(const void *region, const char *hsa_id)
{
	return region_unit_by_hsa(region, hsa_id);
}

static staff_id
staff_number(const void *region, const char *hsa_id)
{
	return region_staff_by_hsa(region, hsa_id);
}

static const char *
unit_name(const void *region, unit_id unit)
{
	const struct unit *u = region_unit(region, unit);
	return u != NULL ? u->hsa_id : NULL;
}

static const char *
staff_name(const void *region, staff_id staff)
{
	const struct staff *s = region_staff(region, staff);
	return s != NULL ? s->hsa_id : NULL;
}

struct message_names
names_of(const struct region *region)
{
	return (struct message_names){
	    .unit = unit_number,
	    .staff = staff_number,
	    .unit_hsa = unit_name,
	    .staff_hsa = staff_name,
	    .register_ = region,
	};
}
