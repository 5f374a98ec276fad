"""Generates known users as CSV: `people.py COUNT [FROM]`, numbered from FROM. Every third has a password hash."""

import sys

HASH = "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O"

count = int(sys.argv[1])
first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
print("email,user_name,email_verified,password_hash,name,phone_number,custom:legacy_id")
for n in range(first, first + count):
    print(f'person{n}@example.com,Person{n},true,{HASH if n % 3 == 0 else ""},"Doe, Person {n}",+1202555{n % 10000:04},{n}')
