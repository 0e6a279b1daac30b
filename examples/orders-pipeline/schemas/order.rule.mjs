// Made by `pipeline compile-rule`; make it anew rather than edit it.
import { linearPatterns, storedRule, ucs2length } from '@pipeline/validate/precompiled';

const linear = linearPatterns({"/^[^#]*#?$/u":[[{"at":"start"},{"repeat":"[^#]","min":0},{"repeat":"#","min":0,"max":1},{"at":"end"}]],"/^[A-Za-z_][-A-Za-z0-9._]*$/u":[[{"at":"start"},"[A-Za-z_]",{"repeat":"[-A-Za-z0-9._]","min":0},{"at":"end"}]],"/^[0-9]{9}$/u":[[{"at":"start"},{"repeat":"[0-9]","min":9,"max":9},{"at":"end"}]],"/^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$/u":[[{"at":"start"},{"any":[["[1-9]"],["1","[0-2]"]]},"/",{"any":[["[1-9]"],["[12]","[0-9]"],["3","[01]"]]},"/",{"repeat":"[0-9]","min":2,"max":2},{"at":"end"}]]});

const checkRow = validate20;
const schema31 = {"title":"One order","type":"object","required":["uuid","Country","Item Type","Sales Channel","Order Priority","Order Date","Region","Ship Date"],"additionalProperties":false,"properties":{"uuid":{"type":"string","pattern":"^[0-9]{9}$","description":"Nine digits; key of the financial data."},"Country":{"type":"string","minLength":1,"maxLength":50},"Item Type":{"type":"string","enum":["Baby Food","Beverages","Cereal","Clothes","Cosmetics","Fruits","Household","Meat","Office Supplies","Personal Care","Snacks","Vegetables"]},"Sales Channel":{"type":"string","enum":["Online","Offline"]},"Order Priority":{"type":"string","enum":["C","H","L","M"],"description":"Critical, high, low, medium."},"Order Date":{"type":"string","pattern":"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$","description":"M/D/YY"},"Region":{"type":"string","enum":["Asia","Australia and Oceania","Central America and the Caribbean","Europe","Middle East and North Africa","North America","Sub-Saharan Africa"]},"Ship Date":{"type":"string","pattern":"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$","description":"M/D/YY"}}};
const func0 = linear;
const func6 = ucs2length;
const pattern4 = func0("^[0-9]{9}$", "u");
const pattern5 = func0("^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$", "u");

function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.uuid === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "uuid"},message:"must have required property '"+"uuid"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.Country === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Country"},message:"must have required property '"+"Country"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data["Item Type"] === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Item Type"},message:"must have required property '"+"Item Type"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data["Sales Channel"] === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Sales Channel"},message:"must have required property '"+"Sales Channel"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data["Order Priority"] === undefined){
const err4 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Order Priority"},message:"must have required property '"+"Order Priority"+"'"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data["Order Date"] === undefined){
const err5 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Order Date"},message:"must have required property '"+"Order Date"+"'"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data.Region === undefined){
const err6 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Region"},message:"must have required property '"+"Region"+"'"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data["Ship Date"] === undefined){
const err7 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "Ship Date"},message:"must have required property '"+"Ship Date"+"'"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
for(const key0 in data){
if(!((((((((key0 === "uuid") || (key0 === "Country")) || (key0 === "Item Type")) || (key0 === "Sales Channel")) || (key0 === "Order Priority")) || (key0 === "Order Date")) || (key0 === "Region")) || (key0 === "Ship Date"))){
const err8 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.uuid !== undefined){
let data0 = data.uuid;
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
const err9 = {instancePath:instancePath+"/uuid",schemaPath:"#/properties/uuid/pattern",keyword:"pattern",params:{pattern: "^[0-9]{9}$"},message:"must match pattern \""+"^[0-9]{9}$"+"\""};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/uuid",schemaPath:"#/properties/uuid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.Country !== undefined){
let data1 = data.Country;
if(typeof data1 === "string"){
if(func6(data1) > 50){
const err11 = {instancePath:instancePath+"/Country",schemaPath:"#/properties/Country/maxLength",keyword:"maxLength",params:{limit: 50},message:"must NOT have more than 50 characters"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(func6(data1) < 1){
const err12 = {instancePath:instancePath+"/Country",schemaPath:"#/properties/Country/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
else {
const err13 = {instancePath:instancePath+"/Country",schemaPath:"#/properties/Country/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data["Item Type"] !== undefined){
let data2 = data["Item Type"];
if(typeof data2 !== "string"){
const err14 = {instancePath:instancePath+"/Item Type",schemaPath:"#/properties/Item%20Type/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(!((((((((((((data2 === "Baby Food") || (data2 === "Beverages")) || (data2 === "Cereal")) || (data2 === "Clothes")) || (data2 === "Cosmetics")) || (data2 === "Fruits")) || (data2 === "Household")) || (data2 === "Meat")) || (data2 === "Office Supplies")) || (data2 === "Personal Care")) || (data2 === "Snacks")) || (data2 === "Vegetables"))){
const err15 = {instancePath:instancePath+"/Item Type",schemaPath:"#/properties/Item%20Type/enum",keyword:"enum",params:{allowedValues: schema31.properties["Item Type"].enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data["Sales Channel"] !== undefined){
let data3 = data["Sales Channel"];
if(typeof data3 !== "string"){
const err16 = {instancePath:instancePath+"/Sales Channel",schemaPath:"#/properties/Sales%20Channel/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(!((data3 === "Online") || (data3 === "Offline"))){
const err17 = {instancePath:instancePath+"/Sales Channel",schemaPath:"#/properties/Sales%20Channel/enum",keyword:"enum",params:{allowedValues: schema31.properties["Sales Channel"].enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data["Order Priority"] !== undefined){
let data4 = data["Order Priority"];
if(typeof data4 !== "string"){
const err18 = {instancePath:instancePath+"/Order Priority",schemaPath:"#/properties/Order%20Priority/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(!((((data4 === "C") || (data4 === "H")) || (data4 === "L")) || (data4 === "M"))){
const err19 = {instancePath:instancePath+"/Order Priority",schemaPath:"#/properties/Order%20Priority/enum",keyword:"enum",params:{allowedValues: schema31.properties["Order Priority"].enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data["Order Date"] !== undefined){
let data5 = data["Order Date"];
if(typeof data5 === "string"){
if(!pattern5.test(data5)){
const err20 = {instancePath:instancePath+"/Order Date",schemaPath:"#/properties/Order%20Date/pattern",keyword:"pattern",params:{pattern: "^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$"},message:"must match pattern \""+"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$"+"\""};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/Order Date",schemaPath:"#/properties/Order%20Date/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data.Region !== undefined){
let data6 = data.Region;
if(typeof data6 !== "string"){
const err22 = {instancePath:instancePath+"/Region",schemaPath:"#/properties/Region/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(!(((((((data6 === "Asia") || (data6 === "Australia and Oceania")) || (data6 === "Central America and the Caribbean")) || (data6 === "Europe")) || (data6 === "Middle East and North Africa")) || (data6 === "North America")) || (data6 === "Sub-Saharan Africa"))){
const err23 = {instancePath:instancePath+"/Region",schemaPath:"#/properties/Region/enum",keyword:"enum",params:{allowedValues: schema31.properties.Region.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data["Ship Date"] !== undefined){
let data7 = data["Ship Date"];
if(typeof data7 === "string"){
if(!pattern5.test(data7)){
const err24 = {instancePath:instancePath+"/Ship Date",schemaPath:"#/properties/Ship%20Date/pattern",keyword:"pattern",params:{pattern: "^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$"},message:"must match pattern \""+"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$"+"\""};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
else {
const err25 = {instancePath:instancePath+"/Ship Date",schemaPath:"#/properties/Ship%20Date/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
}
else {
const err26 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const checkValue0 = validate21;
const schema32 = {"type":"string","pattern":"^[0-9]{9}$","description":"Nine digits; key of the financial data."};

function validate21(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate21.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(!pattern4.test(data)){
const err0 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[0-9]{9}$"},message:"must match pattern \""+"^[0-9]{9}$"+"\""};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate21.errors = vErrors;
return errors === 0;
}
validate21.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue1 = validate22;
const schema33 = {"type":"string","minLength":1,"maxLength":50};

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate22.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func6(data) > 50){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 50},message:"must NOT have more than 50 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func6(data) < 1){
const err1 = {instancePath,schemaPath:"#/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate22.errors = vErrors;
return errors === 0;
}
validate22.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue2 = validate23;
const schema34 = {"type":"string","enum":["Baby Food","Beverages","Cereal","Clothes","Cosmetics","Fruits","Household","Meat","Office Supplies","Personal Care","Snacks","Vegetables"]};

function validate23(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate23.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!((((((((((((data === "Baby Food") || (data === "Beverages")) || (data === "Cereal")) || (data === "Clothes")) || (data === "Cosmetics")) || (data === "Fruits")) || (data === "Household")) || (data === "Meat")) || (data === "Office Supplies")) || (data === "Personal Care")) || (data === "Snacks")) || (data === "Vegetables"))){
const err1 = {instancePath,schemaPath:"#/enum",keyword:"enum",params:{allowedValues: schema34.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate23.errors = vErrors;
return errors === 0;
}
validate23.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue3 = validate24;
const schema35 = {"type":"string","enum":["Online","Offline"]};

function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate24.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!((data === "Online") || (data === "Offline"))){
const err1 = {instancePath,schemaPath:"#/enum",keyword:"enum",params:{allowedValues: schema35.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate24.errors = vErrors;
return errors === 0;
}
validate24.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue4 = validate25;
const schema36 = {"type":"string","enum":["C","H","L","M"],"description":"Critical, high, low, medium."};

function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate25.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!((((data === "C") || (data === "H")) || (data === "L")) || (data === "M"))){
const err1 = {instancePath,schemaPath:"#/enum",keyword:"enum",params:{allowedValues: schema36.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate25.errors = vErrors;
return errors === 0;
}
validate25.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue5 = validate26;
const schema37 = {"type":"string","pattern":"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$","description":"M/D/YY"};

function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate26.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(!pattern5.test(data)){
const err0 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$"},message:"must match pattern \""+"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$"+"\""};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}
validate26.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue6 = validate27;
const schema38 = {"type":"string","enum":["Asia","Australia and Oceania","Central America and the Caribbean","Europe","Middle East and North Africa","North America","Sub-Saharan Africa"]};

function validate27(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate27.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!(((((((data === "Asia") || (data === "Australia and Oceania")) || (data === "Central America and the Caribbean")) || (data === "Europe")) || (data === "Middle East and North Africa")) || (data === "North America")) || (data === "Sub-Saharan Africa"))){
const err1 = {instancePath,schemaPath:"#/enum",keyword:"enum",params:{allowedValues: schema38.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate27.errors = vErrors;
return errors === 0;
}
validate27.evaluated = {"dynamicProps":false,"dynamicItems":false};

const checkValue7 = validate28;
const schema39 = false;

function validate28(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
validate28.errors = [{instancePath,schemaPath:"#/false schema",keyword:"false schema",params:{},message:"boolean schema is false"}];
return false;
}
validate28.evaluated = {"dynamicProps":false,"dynamicItems":false};

const stored = {
  format: 1,
  source: {"$schema":"https://json-schema.org/draft/2020-12/schema","title":"One order","type":"object","required":["uuid","Country","Item Type","Sales Channel","Order Priority","Order Date","Region","Ship Date"],"additionalProperties":false,"properties":{"uuid":{"type":"string","pattern":"^[0-9]{9}$","description":"Nine digits; key of the financial data."},"Country":{"type":"string","minLength":1,"maxLength":50},"Item Type":{"type":"string","enum":["Baby Food","Beverages","Cereal","Clothes","Cosmetics","Fruits","Household","Meat","Office Supplies","Personal Care","Snacks","Vegetables"]},"Sales Channel":{"type":"string","enum":["Online","Offline"]},"Order Priority":{"type":"string","enum":["C","H","L","M"],"description":"Critical, high, low, medium."},"Order Date":{"type":"string","pattern":"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$","description":"M/D/YY"},"Region":{"type":"string","enum":["Asia","Australia and Oceania","Central America and the Caribbean","Europe","Middle East and North Africa","North America","Sub-Saharan Africa"]},"Ship Date":{"type":"string","pattern":"^([1-9]|1[0-2])/([1-9]|[12][0-9]|3[01])/[0-9]{2}$","description":"M/D/YY"}}},
  options: {},
  checkRow,
  fast: {
  columns: {
    "uuid": {
      checkValue: checkValue0,
      checkField: ({ column, slow, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    if (!(e - s === 9 && ((bytes[s + 0] - 48) >>> 0 <= 9) && ((bytes[s + 1] - 48) >>> 0 <= 9) && ((bytes[s + 2] - 48) >>> 0 <= 9) && ((bytes[s + 3] - 48) >>> 0 <= 9) && ((bytes[s + 4] - 48) >>> 0 <= 9) && ((bytes[s + 5] - 48) >>> 0 <= 9) && ((bytes[s + 6] - 48) >>> 0 <= 9) && ((bytes[s + 7] - 48) >>> 0 <= 9) && ((bytes[s + 8] - 48) >>> 0 <= 9))) return slow(field(column));
return true;
  },
    },
    "Country": {
      checkValue: checkValue1,
      checkField: ({ column, slow, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      if (quote !== escape) for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    if (!(e - s <= 50)) {
        let n = 0;
        for (let k = s; k < e; k++) {
          const b = bytes[k];
          if (quoted && b === quote) { if (bytes[++k] !== quote || k >= e) return slow(field(column)); }
          if ((b & 0xc0) !== 0x80) n++;
        }
        if (n < 1 || n > 50) return slow(field(column));
      }
return true;
  },
    },
    "Item Type": {
      checkValue: checkValue2,
      checkField: ({ column, slow, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    switch (e - s) { case 9: if (!((bytes[s + 0] === 66 && bytes[s + 1] === 97 && bytes[s + 2] === 98 && bytes[s + 3] === 121 && bytes[s + 4] === 32 && bytes[s + 5] === 70 && bytes[s + 6] === 111 && bytes[s + 7] === 111 && bytes[s + 8] === 100) || (bytes[s + 0] === 66 && bytes[s + 1] === 101 && bytes[s + 2] === 118 && bytes[s + 3] === 101 && bytes[s + 4] === 114 && bytes[s + 5] === 97 && bytes[s + 6] === 103 && bytes[s + 7] === 101 && bytes[s + 8] === 115) || (bytes[s + 0] === 67 && bytes[s + 1] === 111 && bytes[s + 2] === 115 && bytes[s + 3] === 109 && bytes[s + 4] === 101 && bytes[s + 5] === 116 && bytes[s + 6] === 105 && bytes[s + 7] === 99 && bytes[s + 8] === 115) || (bytes[s + 0] === 72 && bytes[s + 1] === 111 && bytes[s + 2] === 117 && bytes[s + 3] === 115 && bytes[s + 4] === 101 && bytes[s + 5] === 104 && bytes[s + 6] === 111 && bytes[s + 7] === 108 && bytes[s + 8] === 100))) return slow(field(column)); break;
case 6: if (!((bytes[s + 0] === 67 && bytes[s + 1] === 101 && bytes[s + 2] === 114 && bytes[s + 3] === 101 && bytes[s + 4] === 97 && bytes[s + 5] === 108) || (bytes[s + 0] === 70 && bytes[s + 1] === 114 && bytes[s + 2] === 117 && bytes[s + 3] === 105 && bytes[s + 4] === 116 && bytes[s + 5] === 115) || (bytes[s + 0] === 83 && bytes[s + 1] === 110 && bytes[s + 2] === 97 && bytes[s + 3] === 99 && bytes[s + 4] === 107 && bytes[s + 5] === 115))) return slow(field(column)); break;
case 7: if (!((bytes[s + 0] === 67 && bytes[s + 1] === 108 && bytes[s + 2] === 111 && bytes[s + 3] === 116 && bytes[s + 4] === 104 && bytes[s + 5] === 101 && bytes[s + 6] === 115))) return slow(field(column)); break;
case 4: if (!((bytes[s + 0] === 77 && bytes[s + 1] === 101 && bytes[s + 2] === 97 && bytes[s + 3] === 116))) return slow(field(column)); break;
case 15: if (!((bytes[s + 0] === 79 && bytes[s + 1] === 102 && bytes[s + 2] === 102 && bytes[s + 3] === 105 && bytes[s + 4] === 99 && bytes[s + 5] === 101 && bytes[s + 6] === 32 && bytes[s + 7] === 83 && bytes[s + 8] === 117 && bytes[s + 9] === 112 && bytes[s + 10] === 112 && bytes[s + 11] === 108 && bytes[s + 12] === 105 && bytes[s + 13] === 101 && bytes[s + 14] === 115))) return slow(field(column)); break;
case 13: if (!((bytes[s + 0] === 80 && bytes[s + 1] === 101 && bytes[s + 2] === 114 && bytes[s + 3] === 115 && bytes[s + 4] === 111 && bytes[s + 5] === 110 && bytes[s + 6] === 97 && bytes[s + 7] === 108 && bytes[s + 8] === 32 && bytes[s + 9] === 67 && bytes[s + 10] === 97 && bytes[s + 11] === 114 && bytes[s + 12] === 101))) return slow(field(column)); break;
case 10: if (!((bytes[s + 0] === 86 && bytes[s + 1] === 101 && bytes[s + 2] === 103 && bytes[s + 3] === 101 && bytes[s + 4] === 116 && bytes[s + 5] === 97 && bytes[s + 6] === 98 && bytes[s + 7] === 108 && bytes[s + 8] === 101 && bytes[s + 9] === 115))) return slow(field(column)); break; default: return slow(field(column)); }
return true;
  },
    },
    "Sales Channel": {
      checkValue: checkValue3,
      checkField: ({ column, slow, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    switch (e - s) { case 6: if (!((bytes[s + 0] === 79 && bytes[s + 1] === 110 && bytes[s + 2] === 108 && bytes[s + 3] === 105 && bytes[s + 4] === 110 && bytes[s + 5] === 101))) return slow(field(column)); break;
case 7: if (!((bytes[s + 0] === 79 && bytes[s + 1] === 102 && bytes[s + 2] === 102 && bytes[s + 3] === 108 && bytes[s + 4] === 105 && bytes[s + 5] === 110 && bytes[s + 6] === 101))) return slow(field(column)); break; default: return slow(field(column)); }
return true;
  },
    },
    "Order Priority": {
      checkValue: checkValue4,
      checkField: ({ column, slow, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    switch (e - s) { case 1: if (!((bytes[s + 0] === 67) || (bytes[s + 0] === 72) || (bytes[s + 0] === 76) || (bytes[s + 0] === 77))) return slow(field(column)); break; default: return slow(field(column)); }
return true;
  },
    },
    "Order Date": {
      checkValue: checkValue5,
      checkField: ({ column, slow, tables, matches, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    {
        const steps = tables[0];
        let state = 2;
        for (let k = s; k < e; k++) {
          const b = bytes[k];
          if (b > 127) return slow(field(column));
          state = steps[(state << 7) | b];
        }
        if (matches[0][state] !== 1) return slow(field(column));
      }
return true;
  },
      tables: [{"start":2,"matches":[1,0,0,0,0,0,0,0,0,0,0,1],"classes":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,2,3,4,5,6,6,6,6,6,6,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"steps":[[0,0,0,0,0,0,0],[1,1,1,1,1,1,1],[1,1,1,3,4,4,4],[1,5,4,4,4,1,1],[1,5,1,1,1,1,1],[1,1,1,6,6,7,8],[1,9,8,8,8,8,8],[1,9,8,8,1,1,1],[1,9,1,1,1,1,1],[1,1,10,10,10,10,10],[1,1,11,11,11,11,11],[1,1,1,1,1,1,1]]}],
    },
    "Region": {
      checkValue: checkValue6,
      checkField: ({ column, slow, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    switch (e - s) { case 4: if (!((bytes[s + 0] === 65 && bytes[s + 1] === 115 && bytes[s + 2] === 105 && bytes[s + 3] === 97))) return slow(field(column)); break;
case 21: if (!((bytes[s + 0] === 65 && bytes[s + 1] === 117 && bytes[s + 2] === 115 && bytes[s + 3] === 116 && bytes[s + 4] === 114 && bytes[s + 5] === 97 && bytes[s + 6] === 108 && bytes[s + 7] === 105 && bytes[s + 8] === 97 && bytes[s + 9] === 32 && bytes[s + 10] === 97 && bytes[s + 11] === 110 && bytes[s + 12] === 100 && bytes[s + 13] === 32 && bytes[s + 14] === 79 && bytes[s + 15] === 99 && bytes[s + 16] === 101 && bytes[s + 17] === 97 && bytes[s + 18] === 110 && bytes[s + 19] === 105 && bytes[s + 20] === 97))) return slow(field(column)); break;
case 33: if (!((bytes[s + 0] === 67 && bytes[s + 1] === 101 && bytes[s + 2] === 110 && bytes[s + 3] === 116 && bytes[s + 4] === 114 && bytes[s + 5] === 97 && bytes[s + 6] === 108 && bytes[s + 7] === 32 && bytes[s + 8] === 65 && bytes[s + 9] === 109 && bytes[s + 10] === 101 && bytes[s + 11] === 114 && bytes[s + 12] === 105 && bytes[s + 13] === 99 && bytes[s + 14] === 97 && bytes[s + 15] === 32 && bytes[s + 16] === 97 && bytes[s + 17] === 110 && bytes[s + 18] === 100 && bytes[s + 19] === 32 && bytes[s + 20] === 116 && bytes[s + 21] === 104 && bytes[s + 22] === 101 && bytes[s + 23] === 32 && bytes[s + 24] === 67 && bytes[s + 25] === 97 && bytes[s + 26] === 114 && bytes[s + 27] === 105 && bytes[s + 28] === 98 && bytes[s + 29] === 98 && bytes[s + 30] === 101 && bytes[s + 31] === 97 && bytes[s + 32] === 110))) return slow(field(column)); break;
case 6: if (!((bytes[s + 0] === 69 && bytes[s + 1] === 117 && bytes[s + 2] === 114 && bytes[s + 3] === 111 && bytes[s + 4] === 112 && bytes[s + 5] === 101))) return slow(field(column)); break;
case 28: if (!((bytes[s + 0] === 77 && bytes[s + 1] === 105 && bytes[s + 2] === 100 && bytes[s + 3] === 100 && bytes[s + 4] === 108 && bytes[s + 5] === 101 && bytes[s + 6] === 32 && bytes[s + 7] === 69 && bytes[s + 8] === 97 && bytes[s + 9] === 115 && bytes[s + 10] === 116 && bytes[s + 11] === 32 && bytes[s + 12] === 97 && bytes[s + 13] === 110 && bytes[s + 14] === 100 && bytes[s + 15] === 32 && bytes[s + 16] === 78 && bytes[s + 17] === 111 && bytes[s + 18] === 114 && bytes[s + 19] === 116 && bytes[s + 20] === 104 && bytes[s + 21] === 32 && bytes[s + 22] === 65 && bytes[s + 23] === 102 && bytes[s + 24] === 114 && bytes[s + 25] === 105 && bytes[s + 26] === 99 && bytes[s + 27] === 97))) return slow(field(column)); break;
case 13: if (!((bytes[s + 0] === 78 && bytes[s + 1] === 111 && bytes[s + 2] === 114 && bytes[s + 3] === 116 && bytes[s + 4] === 104 && bytes[s + 5] === 32 && bytes[s + 6] === 65 && bytes[s + 7] === 109 && bytes[s + 8] === 101 && bytes[s + 9] === 114 && bytes[s + 10] === 105 && bytes[s + 11] === 99 && bytes[s + 12] === 97))) return slow(field(column)); break;
case 18: if (!((bytes[s + 0] === 83 && bytes[s + 1] === 117 && bytes[s + 2] === 98 && bytes[s + 3] === 45 && bytes[s + 4] === 83 && bytes[s + 5] === 97 && bytes[s + 6] === 104 && bytes[s + 7] === 97 && bytes[s + 8] === 114 && bytes[s + 9] === 97 && bytes[s + 10] === 110 && bytes[s + 11] === 32 && bytes[s + 12] === 65 && bytes[s + 13] === 102 && bytes[s + 14] === 114 && bytes[s + 15] === 105 && bytes[s + 16] === 99 && bytes[s + 17] === 97))) return slow(field(column)); break; default: return slow(field(column)); }
return true;
  },
    },
    "Ship Date": {
      checkValue: checkValue5,
      checkField: ({ column, slow, tables, matches, quote, escape }) => (bytes, s, e, field) => {
    let quoted = false;
    if (bytes[s] === quote && s < e) {
      if (e - s < 2 || bytes[e - 1] !== quote) return slow(field(column));
      s++; e--; quoted = true;
      for (let k = s; k < e; k++) { const b = bytes[k]; if (b === quote || b === escape) return slow(field(column)); }
    }
    if (s === e) return slow(field(column));
    
    
    {
        const steps = tables[0];
        let state = 2;
        for (let k = s; k < e; k++) {
          const b = bytes[k];
          if (b > 127) return slow(field(column));
          state = steps[(state << 7) | b];
        }
        if (matches[0][state] !== 1) return slow(field(column));
      }
return true;
  },
      tables: [{"start":2,"matches":[1,0,0,0,0,0,0,0,0,0,0,1],"classes":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,2,3,4,5,6,6,6,6,6,6,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"steps":[[0,0,0,0,0,0,0],[1,1,1,1,1,1,1],[1,1,1,3,4,4,4],[1,5,4,4,4,1,1],[1,5,1,1,1,1,1],[1,1,1,6,6,7,8],[1,9,8,8,8,8,8],[1,9,8,8,1,1,1],[1,9,1,1,1,1,1],[1,1,10,10,10,10,10],[1,1,11,11,11,11,11],[1,1,1,1,1,1,1]]}],
    },
  },
  others: { checkValue: checkValue7 },
  layout: ["uuid","Country","Item Type","Sales Channel","Order Priority","Order Date","Region","Ship Date"],
  checkFields: (c0, c1, c2, c3, c4, c5, c6, c7) => (bytes, ends, at, field, failed) => {
  let s = 0, e = 0, count = 0;
  s = at === 0 ? 0 : ends[at - 1] + 1; e = ends[at + 0]; if (!c0(bytes, s, e, field)) failed[count++] = 0;
  s = ends[at + 0] + 1; e = ends[at + 1]; if (!c1(bytes, s, e, field)) failed[count++] = 1;
  s = ends[at + 1] + 1; e = ends[at + 2]; if (!c2(bytes, s, e, field)) failed[count++] = 2;
  s = ends[at + 2] + 1; e = ends[at + 3]; if (!c3(bytes, s, e, field)) failed[count++] = 3;
  s = ends[at + 3] + 1; e = ends[at + 4]; if (!c4(bytes, s, e, field)) failed[count++] = 4;
  s = ends[at + 4] + 1; e = ends[at + 5]; if (!c5(bytes, s, e, field)) failed[count++] = 5;
  s = ends[at + 5] + 1; e = ends[at + 6]; if (!c6(bytes, s, e, field)) failed[count++] = 6;
  s = ends[at + 6] + 1; e = ends[at + 7]; if (bytes[e] === 10 && e > s && bytes[e - 1] === 13) e--; if (!c7(bytes, s, e, field)) failed[count++] = 7;
  return count;
},
  readRow: (r0, r1, r2, r3, r4, r5, r6, r7) => (record) => {
  const v0 = r0(record["uuid"]), v1 = r1(record["Country"]), v2 = r2(record["Item Type"]), v3 = r3(record["Sales Channel"]), v4 = r4(record["Order Priority"]), v5 = r5(record["Order Date"]), v6 = r6(record["Region"]), v7 = r7(record["Ship Date"]);
  if (v0 !== undefined && v1 !== undefined && v2 !== undefined && v3 !== undefined && v4 !== undefined && v5 !== undefined && v6 !== undefined && v7 !== undefined) return { "uuid": v0, "Country": v1, "Item Type": v2, "Sales Channel": v3, "Order Priority": v4, "Order Date": v5, "Region": v6, "Ship Date": v7 };
  const row = {};
  if (v0 !== undefined) row["uuid"] = v0;
  if (v1 !== undefined) row["Country"] = v1;
  if (v2 !== undefined) row["Item Type"] = v2;
  if (v3 !== undefined) row["Sales Channel"] = v3;
  if (v4 !== undefined) row["Order Priority"] = v4;
  if (v5 !== undefined) row["Order Date"] = v5;
  if (v6 !== undefined) row["Region"] = v6;
  if (v7 !== undefined) row["Ship Date"] = v7;
  return row;
},
},
  linear,
};

export const createRule = (options) => storedRule(stored, options);
export const rule = /* @__PURE__ */ createRule();
export default rule;
