package fold

// TableSize is what the tables take in the program.
const TableSize = tableSize
