/** What a contract says of the order that its table's rows are laid in: columns it has, with the reason. */
import { ZOrder } from '../../functions/contract/contract.ts';
import { invalid, type Odcs } from './odcs.ts';

/** @throws ContractInvalid when it names a column that is none, or gives no reason. */
export function checkZOrder(file: string, { customProperties, schema: [{ properties }] }: Odcs): void {
  const said = customProperties.find(({ property }) => property === 'zOrder');
  if (!said) return;
  const columns = ZOrder.safeParse(said.value);
  if (!columns.success) throw invalid(file, 'customProperties.zOrder: not a list of one to three columns');
  const unknown = columns.data.filter((column) => !properties.some(({ name }) => name === column));
  if (unknown.length > 0) throw invalid(file, `customProperties.zOrder: ${unknown.join(', ')}, which is not a column`);
  if (!said.description) throw invalid(file, 'customProperties.zOrder without a description: which queries filter by these columns');
}
