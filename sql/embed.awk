# Turns SQL files into one C table: struct sql_text sql_texts[] of { name, text }, ended by { NULL, NULL }.
# In: the files, in the order in which they are to stand. Out: C on standard output (declared in daemon/sql.h).
BEGIN { print "#include \"sql.h\"\n\nconst struct sql_text sql_texts[] = {" }
FNR == 1 {
	if (NR > 1) print "\t},"
	name = FILENAME
	sub(/^sql\//, "", name); sub(/\.sql$/, "", name)
	printf "\t{ \"%s\",\n", name
}
{
	gsub(/[\\"]/, "\\\\&")
	printf "\t  \"%s\\n\"\n", $0
}
END { if (NR > 0) print "\t},"; print "\t{ 0, 0 },\n};" }
