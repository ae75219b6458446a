/** `etl lineage`: the Gold models in the order in which they are built, a model's columns with what they come from, or a column with what comes from it. */
import type { Command } from 'commander';
import { checkout } from '../../local/environment.ts';
import { CommandFailed } from '../command-failed.ts';
import { type Lineage, lineageOf, type Models, originsOf, readersOf, sourcesOf } from '../lineage/lineage.ts';
import type { Output } from '../output.ts';
import { commonOptions } from './options.ts';

export function addLineage(program: Command): void {
  program
    .command('lineage')
    .description('where Gold comes from, by the SQL of its models: all models, the columns of one, or one column and what comes from it')
    .argument('[name]', 'gold.<model>, gold.<model>.<column> or silver.<dataset>.<column>')
    .action((name: string | undefined, _options, command: Command) => {
      const { output } = commonOptions(command);
      const { tables, models } = lineageOf(checkout);
      if (name === undefined) return showModels(output, models);
      const [layer, table = '', column] = name.split('.');
      if (column !== undefined && tables[`${layer}.${table}`]?.includes(column)) return showColumn(output, models, name);
      if (column !== undefined || layer !== 'gold' || !models[table]) throw unknown(name, tables);
      return showModel(output, models, table);
    });
}

function showModels(output: Output, models: Models): void {
  const inOrder = Object.entries(models).sort(([a, x], [b, y]) => x.level - y.level || (a < b ? -1 : 1));
  output.result(models, () =>
    output.table(
      ['level', 'model', 'reads'],
      inOrder.map(([name, { level, inputs }]) => [String(level), name, inputs.join(', ')]),
    ),
  );
}

function showModel(output: Output, models: Models, table: string): void {
  const columns = Object.entries(models[table]?.columns ?? {}).map(([name, from]) => ({
    column: name,
    from,
    origins: originsOf(models, `gold.${table}.${name}`),
  }));
  output.result(columns, () =>
    output.table(
      ['column', 'comes from', 'in the end from'],
      columns.map(({ column, from, origins }) => [column, from.join(', '), origins.join(', ')]),
    ),
  );
}

function showColumn(output: Output, models: Models, column: string): void {
  const found = { from: treeOf(column, (each) => sourcesOf(models, each)), to: treeOf(column, (each) => readersOf(models, each)) };
  output.result({ column, ...found }, () => {
    if (column.startsWith('gold.')) showTree(output, `${column} comes from`, found.from);
    showTree(output, `${column} goes to`, found.to);
  });
}

interface Tree {
  [column: string]: Tree;
}

function treeOf(column: string, next: (column: string) => string[]): Tree {
  return Object.fromEntries(next(column).map((each) => [each, treeOf(each, next)]));
}

function showTree(output: Output, title: string, tree: Tree): void {
  output.line(Object.keys(tree).length > 0 ? title : `${title} no other column`);
  for (const line of linesOf(tree)) output.line(line);
}

function linesOf(tree: Tree, depth = 1): string[] {
  return Object.entries(tree).flatMap(([column, below]) => [`${'  '.repeat(depth)}${column}`, ...linesOf(below, depth + 1)]);
}

function unknown(name: string, tables: Lineage['tables']): CommandFailed {
  return new CommandFailed({
    expected: `a Gold model, or a column of ${Object.keys(tables).sort().join(', ')}`,
    found: name,
    remedy: 'npx etl lineage shows the models',
  });
}
