/** The type that a column has in Silver and Gold, in Spark's spelling. */
import { invalid, type Property } from './odcs.ts';

export function silverType(file: string, { name, logicalType, physicalType }: Property): string {
  const declared = physicalType.toLowerCase();
  switch (logicalType) {
    case 'string':
    case 'object':
      return 'string';
    case 'array':
      return declared.startsWith('array<') ? declared : 'string';
    case 'boolean':
    case 'date':
    case 'timestamp':
      return logicalType;
    case 'integer':
      return /^(smallint|int|int2|int4|integer)$/.test(declared) ? 'int' : 'bigint';
    case 'number': {
      const decimal = /^(?:numeric|number|decimal)\((\d+),\s*(\d+)\)$/.exec(declared);
      if (decimal) return `decimal(${decimal[1]},${decimal[2]})`;
      if (/^(double|double precision|float|float8|real)$/.test(declared)) return 'double';
      throw invalid(file, `${name}: physicalType ${physicalType}, a number without precision and scale`);
    }
  }
}
