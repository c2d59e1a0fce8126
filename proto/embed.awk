# Turns the contract's files into one C table: struct contract_file contract_files[] of { path, text }, ended by { 0, 0 }.
# In: files below proto/. Out: C on standard output (declared in daemon/contract.h).
BEGIN { print "#include \"contract.h\"\n\nconst struct contract_file contract_files[] = {" }
FNR == 1 {
	if (files++) print "\t},"
	name = FILENAME
	sub(/^proto/, "", name)
	printf "\t{ \"%s\",\n", name
}
{
	gsub(/[\\"]/, "\\\\&")
	printf "\t  \"%s\\n\"\n", $0
}
END { if (files) print "\t},"; print "\t{ 0, 0 },\n};" }
