/** Decides who the customers are: the source document's two, and of the others one in two a user of ours under the same address. */
import { idOf, type Person, person } from './people.ts';

const document = [
  { name: 'John Doe', email: 'john.doe@email.com' },
  { name: 'Jane Smith', email: 'jane.smith@email.com' },
];

export interface Customer {
  id: string;
  name: string;
  email: string;
  currency: Person['place']['currency'];
  unicode: boolean;
  /** The user that the customer is too, by index. */
  user: number | undefined;
}

/** `born`: the step of the order; of those after the fill one customer in three has a longer name. */
export function customer(seed: number, index: number, born: number): Customer {
  const id = idOf('CUST', index);
  const verbatim = document[index];
  if (verbatim) return { id, ...verbatim, currency: 'USD', unicode: false, user: undefined };
  const isUser = index % 2 === 0;
  const who = person(seed, isUser ? 'user' : 'customer', index);
  // Sales typed it as people do: only in one spelling is it the user's.
  const typed = index % 4 === 0 ? who.email.toUpperCase() : who.email.replace(/^./, (first) => first.toUpperCase());
  return {
    id,
    name: `${who.first} ${who.last}${born > 0 && index % 3 === 0 ? '-Lee' : ''}`,
    email: isUser ? typed : who.email,
    currency: who.place.currency,
    unicode: who.unicode,
    user: isUser ? index : undefined,
  };
}
