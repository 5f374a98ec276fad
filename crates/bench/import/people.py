"""Generates known users as CSV: `people.py 1000000 > people.csv`. Every third has a password hash."""

import sys

HASH = "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O"

print("email,user_name,email_verified,password_hash,name,phone_number,custom:legacy_id")
for n in range(int(sys.argv[1])):
    print(f'person{n}@example.com,Person{n},true,{HASH if n % 3 == 0 else ""},"Doe, Person {n}",+1202555{n % 10000:04},{n}')
