import { describe, expect, test } from 'vitest';
import { lines, whole } from './samples.ts';

describe('a header', () => {
  test.each<[string, string]>([
    ['names above numbers', lines('id,amount', '1,2.5', '2,3.5', '3,4.5')],
    ['names above dates', lines('when,what', '2026-01-02,late', '2026-01-03,later', '2026-02-01,gone')],
    ['names with digits above numbers', lines('x1,x2,x3', '1,2,3', '4,5,6', '7,8,9')],
    ['years above numbers', lines('country,2023,2024', 'Chile,1.5,2.5', 'Peru,2.5,3.5', 'Cuba,0.5,1.5')],
    ['names above codes', lines('code,place', 'AB-12,Rome', 'CD-34,Oslo', 'EF-56,Bern')],
    ['a name short of the columns', lines('id,amount', '1,2.5,', '2,3.5,', '3,4.5,')],
  ])('is seen in %s', (_, text) => {
    const found = whole(text);
    expect(found).toMatchObject({ header: true, delimiter: ',' });
    expect(found.confidence.header).toBeGreaterThan(0.85);
  });

  test.each<[string, string]>([
    ['numbers above numbers', lines('1,2.5', '2,3.5', '3,4.5')],
    ['one column of numbers', lines('1', '2', '3', '4')],
    ['dates above dates', lines('2026-01-02,10:30', '2026-01-03,11:30', '2026-02-01,12:30')],
    ['rows like any other', lines('1,Ann,true', '2,Bob,false', '3,Cy,true')],
  ])('is not seen in %s', (_, text) => {
    const found = whole(text);
    expect(found.header).toBe(false);
    expect(found.confidence.header).toBeGreaterThan(0.85);
  });

  test('is assumed, without being sure, where all is text', () => {
    const found = whole(lines('name,city', 'Ann,Rome', 'Bob,Oslo'));
    expect(found.header).toBe(true);
    expect(found.confidence.header).toBeLessThan(0.75);
  });

  test('alone is a header, without being sure', () => {
    const found = whole('id,name,amount\n');
    expect(found).toMatchObject({ header: true, delimiter: ',' });
    expect(found.confidence.header).toBeLessThan(0.75);
    expect(whole('1,2,3\n').header).toBe(false);
  });

  test('stands below titles and blank lines', () => {
    const text = lines('Sales of 2026', '', 'Region North', 'id,amount,when', '1,2.5,2026-01-02', '2,3.5,2026-01-03');
    expect(whole(text)).toMatchObject({ header: true, skipLines: 3, delimiter: ',' });
  });

  test('stands below titles of a spreadsheet', () => {
    const text = lines('Sales of 2026,,,', ',,,', 'id,a,b,c', '1,2,3,4', '5,6,7,8', '9,1,2,3');
    expect(whole(text)).toMatchObject({ header: true, skipLines: 2 });
  });

  test('is not looked for below titles when it is said that there is none', () => {
    const found = whole(lines('Sales', 'id,amount', '1,2.5', '2,3.5', '3,4'), { header: false });
    expect(found.header).toBe(false);
    expect(found).not.toHaveProperty('skipLines');
  });

  test('is no comment', () => {
    expect(whole(lines('#id,name', '1,Ann', '2,Bob', '3,Cy'))).not.toHaveProperty('comment');
    const found = whole(lines('# made by hand', 'id,name', '1,Ann', '# half, of, it', '2,Bob', '3,Cy'));
    expect(found).toMatchObject({ comment: '#', header: true, delimiter: ',' });
    expect(found).not.toHaveProperty('skipLines');
    expect(whole(lines('# made by hand', '', 'id,name', '1,Ann', '2,Bob'))).toMatchObject({
      header: true,
      skipLines: 2,
    });
  });
});
